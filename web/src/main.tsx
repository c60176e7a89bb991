// Starts the app.
import { startSpeaking } from "@/shared/i18n/i18n";
import "@fontsource-variable/figtree";
import "@fontsource/limelight/latin-400.css";
import "@fontsource/limelight/latin-ext-400.css";
import "./styles.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { router } from "./app/router";
import { queries } from "./shared/api/queries";

function show(): void {
  const root = document.getElementById("root");
  if (!root) return;
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}

// Nothing is drawn in a language that is about to change.
void startSpeaking().then(show);
