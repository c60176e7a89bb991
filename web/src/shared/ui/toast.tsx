// Toasts as they are drawn: quiet, read out, and gone by themselves once they had time to be read.
import { X } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { type Toast, toasts } from "./toasts";

/** Time to read two lines without hurry. Milliseconds. */
const STAYS = 12_000;

export function Toasts() {
  const all = useSyncExternalStore(toasts.subscribe, toasts.view);
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 top-[calc(var(--header)+0.5rem)] z-30 flex flex-col items-center gap-2 px-(--gutter)"
    >
      {all.map((toast) => (
        <Card key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function Card({ toast }: { toast: Toast }) {
  const { t } = useTranslation();
  useEffect(() => {
    const timer = setTimeout(() => toasts.dismiss(toast.id), STAYS);
    return () => clearTimeout(timer);
  }, [toast.id]);
  return (
    <p
      data-testid="toast"
      className="pointer-events-auto flex max-w-xl animate-rise items-center gap-2 rounded-panel bg-plush py-2 ps-4 pe-2 text-sm shadow-lift ring-1 ring-seam"
    >
      <span className="min-w-0 flex-1">{toast.text}</span>
      <button
        type="button"
        aria-label={t("common.close")}
        onClick={() => toasts.dismiss(toast.id)}
        className="grid size-9 shrink-0 place-items-center rounded-full text-dust hover:text-ivory pointer-coarse:size-11"
      >
        <X className="size-4" aria-hidden="true" />
      </button>
    </p>
  );
}
