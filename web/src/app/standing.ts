// Who goes by keys stands where they stood when they come back to a page of the frame, also through a reload.
import { type ParsedLocation, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import * as stood from "@/shared/lib/stood";

/** What is still to come of a page is waited for so long, unless somebody goes on by themselves. Milliseconds. */
const WAITS = 5_000;

const entryOf = ({ state }: Pick<ParsedLocation, "state">): string => state.__TSR_key ?? "";

export function useStanding(): void {
  const router = useRouter();
  useEffect(() => {
    let stop = () => {};
    const leave = (entry: string) => {
      stop();
      stood.note(entry, standing());
    };
    const arrive = (entry: string) => {
      stop();
      const place = stood.at(entry);
      if (place) stop = waitFor(place);
    };
    const going = router.subscribe(
      "onBeforeNavigate",
      ({ fromLocation, hrefChanged }) => fromLocation && hrefChanged && leave(entryOf(fromLocation)),
    );
    const coming = router.subscribe(
      "onRendered",
      ({ toLocation, hrefChanged }) => hrefChanged && arrive(entryOf(toLocation)),
    );
    const unload = () => leave(entryOf(router.state.location));
    window.addEventListener("pagehide", unload);
    arrive(entryOf(router.state.location));
    return () => {
      going();
      coming();
      window.removeEventListener("pagehide", unload);
      stop();
    };
  }, [router]);
}

/** What has the ring; null where nothing has, as for who points. */
function standing(): stood.Place | null {
  const here = document.activeElement;
  if (!here?.matches("main :focus-visible")) return null;
  const name = nameOf(here);
  return name ? { name, row: rowOf(here) } : null;
}

function waitFor(place: stood.Place): () => void {
  const stop = () => {
    changes.disconnect();
    clearTimeout(end);
    window.removeEventListener("keydown", stop);
    window.removeEventListener("pointerdown", stop);
  };
  const look = () => {
    const found = find(place);
    if (!found) return;
    stop();
    // Somebody was quicker.
    if (document.activeElement !== document.body) return;
    found.focus({ preventScroll: true });
    found.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const changes = new MutationObserver(look);
  const end = setTimeout(stop, WAITS);
  window.addEventListener("keydown", stop);
  window.addEventListener("pointerdown", stop);
  const main = document.querySelector("main");
  if (main) changes.observe(main, { childList: true, subtree: true });
  look();
  return stop;
}

/** A title is in several rows, and a link on several cards. */
function find({ name, row }: stood.Place): HTMLElement | null {
  const same = [...document.querySelectorAll<HTMLElement>("main :is(a, button)")].filter(
    (each) => nameOf(each) === name,
  );
  return same.find((each) => rowOf(each) === row) ?? same[0] ?? null;
}

function nameOf(element: Element): string | null {
  return element.getAttribute("href") ?? element.getAttribute("data-testid");
}

function rowOf(element: Element): string {
  return element.parentElement?.closest("[data-testid]")?.getAttribute("data-testid") ?? "";
}
