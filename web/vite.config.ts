// Build, development server and unit tests of the web app.
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vitest/config";

const platform = process.env.BIJOU_PUBLIC_URL ?? "http://127.0.0.1:8080";
const proxied = ["/api", "/media", "/images", "/.well-known"];
const proxy = Object.fromEntries(proxied.map((path) => [path, { target: platform, changeOrigin: false }]));

export default defineConfig({
  plugins: [
    react(),
    tailwindcss(),
    VitePWA({
      // Written by us and only filled with the names of the files: what is never kept must be seen at a look.
      strategies: "injectManifest",
      srcDir: "worker",
      filename: "sw.ts",
      outDir: "dist",
      injectRegister: null,
      manifest: false,
      injectManifest: {
        globPatterns: ["index.html", "*.{svg,png,webmanifest}", "avatars/*.svg", "assets/*.{js,css,woff2}"],
        // Fetched on the way into a film, which needs a network; and what belongs to the reference alone.
        globIgnores: ["assets/shaka-*", "assets/reference-*"],
        dontCacheBustURLsMatching: /^assets\//,
      },
    }),
  ],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy },
  preview: { proxy },
  build: {
    target: "es2022",
    // Inline data: URIs would need a wider content security policy than the edge sends.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The app, and the API reference: entries of their own, so that neither carries the other.
    rollupOptions: { input: { app: "index.html", reference: "reference/index.html" } },
    // Shaka alone is about 700 kB and is fetched only on the way into the player.
    chunkSizeWarningLimit: 900,
  },
  test: {
    environment: "node",
    include: ["*.test.ts", "src/**/*.test.ts", "lint/**/*.test.ts", "reference/**/*.test.ts"],
  },
});
