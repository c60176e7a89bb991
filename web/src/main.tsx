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
import { loadWhenIdle } from "./app/chunk";
import { release } from "./app/release";
import { router } from "./app/router";
import { queries, refreshPlaces, restoreWalls } from "./shared/api/queries";
import { watchReach } from "./shared/api/reach";
import { watchUnsent } from "./shared/api/unsent";
import { watchEvents } from "./shared/events/tell";
import { session } from "./shared/session/auth";

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
void Promise.all([startSpeaking(), restoreWalls()]).then(show);
watchReach();
watchUnsent(refreshPlaces);
watchEvents();

let fetching = false;
/** Who is in may go anywhere; who stands at the front door needs no player yet. */
function fetchScreens(): void {
  if (fetching || !session.view().signedIn) return;
  fetching = true;
  stop();
  void loadWhenIdle();
  release.watch();
}
const stop = session.subscribe(fetchScreens);
if (document.readyState === "complete") fetchScreens();
else addEventListener("load", fetchScreens);
