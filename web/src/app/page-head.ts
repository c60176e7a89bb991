// What the edge told of the page that was loaded, for who reads it without running it.

import { useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

/** What is true of that one page alone; its title and the icons are the app's own. */
const TOLD =
  "meta[name=description], meta[name^='twitter:'], meta[property^='og:'], link[rel=canonical], link[rel=alternate], script[type='application/ld+json']";

/** Takes it away when the viewer goes on to another page, or else that page would be shared under this one's name. */
export function usePageHead(): void {
  const pathname = useLocation({ select: (location) => location.pathname });
  const loaded = useRef(pathname);
  useEffect(() => {
    if (pathname === loaded.current) return;
    for (const told of document.head.querySelectorAll(TOLD)) told.remove();
  }, [pathname]);
}
