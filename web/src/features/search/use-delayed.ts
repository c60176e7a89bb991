// A text once nobody has changed it for a moment.
import { useEffect, useState } from "react";
import { PAUSE } from "./suggestions";

export function useDelayed(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
