// A modal panel over the page. It opens on what is marked `data-first` in it, or on the first thing it asks.

import * as Radix from "@radix-ui/react-dialog";
import { X } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/shared/lib/cn";

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
  className?: string;
  /** Where to mount it; the full-screen element while one is shown. */
  container?: HTMLElement | null;
}

export function Dialog({ open, onOpenChange, title, description, children, className, container }: Props) {
  const { t } = useTranslation();
  // Radix itself leads back to a trigger of its own, which there is none of here.
  const before = useRef<HTMLElement | null>(null);
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal container={container}>
        <Radix.Overlay className="fixed inset-0 z-50 animate-fade bg-curtain/75 backdrop-blur-sm" />
        <Radix.Content
          aria-describedby={description ? undefined : ""}
          onOpenAutoFocus={(event) => {
            before.current = document.activeElement as HTMLElement | null;
            const first = (event.currentTarget as HTMLElement).querySelector<HTMLElement>("[data-first]");
            if (!first) return;
            event.preventDefault();
            first.focus();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            before.current?.focus({ preventScroll: true });
          }}
          className={cn(
            "fixed top-1/2 left-1/2 z-50 max-h-[90dvh] w-[min(30rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 animate-fade overflow-y-auto rounded-panel bg-velvet p-6 shadow-lift ring-1 ring-seam sm:p-8",
            className,
          )}
        >
          <Radix.Title className="pe-10 font-semibold text-lg">{title}</Radix.Title>
          {description && <Radix.Description className="mt-1.5 text-dust">{description}</Radix.Description>}
          <div className="mt-6">{children}</div>
          {/* Last, so that a dialog opens on what it asks. */}
          <Radix.Close
            aria-label={t("common.close")}
            className="absolute top-5 end-5 rounded-full p-2 text-dust transition-colors hover:bg-plush hover:text-ivory pointer-coarse:top-4 pointer-coarse:end-4 pointer-coarse:p-3"
          >
            <X className="size-5" aria-hidden="true" />
          </Radix.Close>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
