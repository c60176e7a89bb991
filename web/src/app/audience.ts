// Whom the app is dressed for: a child's profile has a look of its own (`styles.css`).
import { useLayoutEffect } from "react";
import { useSession } from "@/shared/session/auth";

/** Before anything is drawn, so that no page changes its colours in front of anybody. */
export function useAudience(): void {
  const { kids } = useSession();
  useLayoutEffect(() => {
    const page = document.documentElement;
    page.dataset.audience = kids ? "kids" : "all";
    // What the browser draws around the page.
    const around = document.querySelector<HTMLMetaElement>("meta[name=theme-color]");
    const curtain = getComputedStyle(page).getPropertyValue("--color-curtain").trim();
    if (around && curtain) around.content = curtain;
  }, [kids]);
}
