// What the browser's tab, its history and a screen reader call a page.

import { useEffect } from "react";

const APP = "Bijou";

/** Names the tab after what is shown, while it is shown; nothing yet leaves the app's own name. */
export function useTabName(name: string | undefined): void {
  useEffect(() => {
    document.title = name ? `${name} · ${APP}` : APP;
    return () => {
      document.title = APP;
    };
  }, [name]);
}
