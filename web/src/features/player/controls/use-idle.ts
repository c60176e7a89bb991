// Whether the hand has been still for long enough to clear the picture.
import { type RefObject, useEffect, useState } from "react";

const STILL_MS = 2_500;

export function useIdle(root: RefObject<HTMLElement | null>, enabled: boolean): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    const element = root.current;
    if (!element || !enabled) {
      setIdle(false);
      return;
    }
    let timer: ReturnType<typeof setTimeout>;
    const wake = () => {
      setIdle(false);
      clearTimeout(timer);
      timer = setTimeout(() => setIdle(true), STILL_MS);
    };
    const leave = () => setIdle(true);
    wake();
    element.addEventListener("pointermove", wake);
    element.addEventListener("pointerdown", wake);
    element.addEventListener("pointerleave", leave);
    window.addEventListener("keydown", wake);
    return () => {
      clearTimeout(timer);
      element.removeEventListener("pointermove", wake);
      element.removeEventListener("pointerdown", wake);
      element.removeEventListener("pointerleave", leave);
      window.removeEventListener("keydown", wake);
    };
  }, [root, enabled]);
  return idle;
}
