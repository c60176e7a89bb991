// Loads the map of preview pictures once for each session.
import { useEffect, useState } from "react";
import { parseSprites, type Sprite } from "../sprites";

export function useSprites(map: string | undefined): Sprite[] {
  const [sprites, setSprites] = useState<Sprite[]>([]);
  useEffect(() => {
    setSprites([]);
    if (!map) return;
    const gone = new AbortController();
    const address = new URL(map, location.origin).href;
    fetch(address, { signal: gone.signal })
      .then((answer) => (answer.ok ? answer.text() : ""))
      .then((text) => setSprites(parseSprites(text, address)))
      // Without previews the bar still works.
      .catch(() => undefined);
    return () => gone.abort();
  }, [map]);
  return sprites;
}
