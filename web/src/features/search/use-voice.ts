// Speaking instead of typing, where the browser can listen.
import { useCallback, useEffect, useRef, useState } from "react";
import { locale } from "@/shared/i18n/i18n";

/** As much of the Web Speech API as is used here; TypeScript knows none of it. */
interface Recognition extends EventTarget {
  lang: string;
  interimResults: boolean;
  start(): void;
  abort(): void;
  onresult:
    | ((event: { results: ArrayLike<ArrayLike<{ transcript: string }> & { isFinal: boolean }> }) => void)
    | null;
  onerror: ((event: { error: string }) => void) | null;
  onend: (() => void) | null;
}

type Fault = "denied" | "failed";

function listener(): Recognition | null {
  const browser = globalThis as { [name: string]: unknown };
  const Kind = (browser.SpeechRecognition ?? browser.webkitSpeechRecognition) as
    | (new () => Recognition)
    | undefined;
  return Kind ? new Kind() : null;
}

const DENIED = new Set(["not-allowed", "service-not-allowed"]);

/** `onWords` hears what is understood so far, and whether that was all. */
export function useVoice(onWords: (words: string, over: boolean) => void) {
  const [offered] = useState(() => listener() !== null);
  const [listening, setListening] = useState(false);
  const [fault, setFault] = useState<Fault | null>(null);
  const ear = useRef<Recognition | null>(null);
  const tell = useRef(onWords);
  tell.current = onWords;

  const stop = useCallback(() => {
    ear.current?.abort();
    ear.current = null;
    setListening(false);
  }, []);
  useEffect(() => stop, [stop]);

  const start = useCallback(() => {
    const next = listener();
    if (!next) return;
    ear.current = next;
    setFault(null);
    setListening(true);
    next.lang = locale();
    next.interimResults = true;
    next.onresult = ({ results }) => {
      const heard = Array.from(results);
      const words = heard.map((result) => result[0]?.transcript ?? "").join("");
      tell.current(
        words.trim(),
        heard.every(({ isFinal }) => isFinal),
      );
    };
    next.onerror = ({ error }) => {
      if (error !== "aborted") setFault(DENIED.has(error) ? "denied" : "failed");
    };
    next.onend = () => {
      if (ear.current === next) stop();
    };
    next.start();
  }, [stop]);

  return { offered, listening, fault, start, stop };
}
