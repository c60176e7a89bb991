// Build, development server and unit tests of the web app.
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const platform = process.env.BIJOU_PUBLIC_URL ?? "http://127.0.0.1:8080";
const proxied = ["/api", "/media", "/images", "/.well-known"];
const proxy = Object.fromEntries(proxied.map((path) => [path, { target: platform, changeOrigin: false }]));

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy },
  preview: { proxy },
  build: {
    target: "es2022",
    // Inline data: URIs would need a wider content security policy than the edge sends.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The app, and the API reference: entries of their own, so that neither carries the other.
    rollupOptions: { input: ["index.html", "reference/index.html"] },
    // Shaka alone is about 700 kB and is fetched only on the way into the player.
    chunkSizeWarningLimit: 900,
  },
  test: {
    environment: "node",
    include: ["*.test.ts", "src/**/*.test.ts", "lint/**/*.test.ts", "reference/**/*.test.ts"],
  },
});
