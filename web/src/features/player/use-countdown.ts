// Seconds that pass only while somebody can see them pass.

import { useEffect, useState, useSyncExternalStore } from "react";

/** The seconds left of `from`; they stand still while the tab is hidden, and `onOver` comes once. */
export function useCountdown(from: number, onOver: () => void): number {
  const [left, setLeft] = useState(from);
  const seen = useVisible();
  useEffect(() => {
    if (!seen) return;
    if (left <= 0) {
      onOver();
      return;
    }
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left, seen, onOver]);
  return left;
}

function useVisible(): boolean {
  return useSyncExternalStore(
    (look) => {
      document.addEventListener("visibilitychange", look);
      return () => document.removeEventListener("visibilitychange", look);
    },
    () => document.visibilityState === "visible",
  );
}
