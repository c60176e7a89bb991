// Drop-down menus.
import * as Radix from "@radix-ui/react-dropdown-menu";
import { Check } from "lucide-react";
import { type ReactNode, type RefObject, useEffect, useRef } from "react";
import { direction } from "@/shared/i18n/i18n";
import { cn } from "@/shared/lib/cn";

const item =
  "flex min-h-10 pointer-coarse:min-h-11 cursor-pointer select-none items-center gap-3 rounded-card px-3 text-sm outline-none data-[highlighted]:bg-seam data-[highlighted]:text-ivory";

interface Props {
  trigger: ReactNode;
  children: ReactNode;
  align?: "start" | "end";
  side?: "top" | "bottom";
  container?: HTMLElement | null;
  /** Where something else than its trigger opens it, too. */
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  /** Where the focus goes that the menu had; to its trigger unless this prevents it. */
  onCloseAutoFocus?: (event: Event) => void;
  className?: string;
}

export function Menu({
  trigger,
  children,
  align = "end",
  side = "bottom",
  container,
  open,
  onOpenChange,
  onCloseAutoFocus,
  className,
}: Props) {
  const content = useRef<HTMLDivElement>(null);
  return (
    <Radix.Root dir={direction()} modal={false} open={open} onOpenChange={onOpenChange}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal container={container}>
        <Radix.Content
          ref={content}
          // A remote control has no keys for the first and the last.
          loop
          align={align}
          side={side}
          sideOffset={8}
          collisionPadding={12}
          onCloseAutoFocus={onCloseAutoFocus}
          // A key that is still held from opening the menu chooses nothing in it.
          onKeyDownCapture={(event) => {
            if (event.repeat && (event.key === "Enter" || event.key === " ")) event.stopPropagation();
          }}
          className={cn(
            "z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-52 animate-fade overflow-y-auto rounded-panel bg-plush p-1.5 shadow-lift ring-1 ring-seam",
            className,
          )}
        >
          {children}
          <OnChosen content={content} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** A menu of choices opens on the present one, by whatever it was opened. */
function OnChosen({ content }: { content: RefObject<HTMLDivElement | null> }) {
  useEffect(() => {
    const menu = content.current;
    // Once Radix, in the same turn, has put the focus on the menu or on the first in it.
    const choose = () =>
      queueMicrotask(() =>
        menu?.querySelector<HTMLElement>("[role=menuitemradio][aria-checked=true]")?.focus(),
      );
    menu?.addEventListener("focusin", choose, { once: true });
    return () => menu?.removeEventListener("focusin", choose);
  }, [content]);
  return null;
}

export function MenuItem({
  children,
  onSelect,
  testid,
}: {
  children: ReactNode;
  onSelect: () => void;
  testid?: string;
}) {
  return (
    <Radix.Item className={item} onSelect={onSelect} data-testid={testid}>
      {children}
    </Radix.Item>
  );
}

export function MenuLine() {
  return <Radix.Separator className="my-1.5 h-px bg-seam" />;
}

interface ChoicesProps {
  label: string;
  value: string;
  choices: { id: string; label: string; note?: string }[];
  onChoose: (id: string) => void;
}

/** One of several, with a tick at the present one. */
export function MenuChoices({ label, value, choices, onChoose }: ChoicesProps) {
  return (
    <Radix.RadioGroup value={value} onValueChange={onChoose}>
      <Radix.Label className="px-3 pt-2 pb-1 font-medium text-dust text-xs">{label}</Radix.Label>
      {choices.map((choice) => (
        <Radix.RadioItem key={choice.id} value={choice.id} className={item} data-choice={choice.id}>
          <span className="grid size-4 place-items-center">
            <Radix.ItemIndicator>
              <Check className="size-4 text-ruby" aria-hidden="true" />
            </Radix.ItemIndicator>
          </span>
          <span className="flex-1">{choice.label}</span>
          {choice.note && <span className="text-dust text-xs">{choice.note}</span>}
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}
