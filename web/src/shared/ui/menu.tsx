// Drop-down menus.
import * as Radix from "@radix-ui/react-dropdown-menu";
import { Check } from "lucide-react";
import type { ReactNode } from "react";
import { direction } from "@/shared/i18n/i18n";
import { cn } from "@/shared/lib/cn";

const item =
  "flex min-h-10 cursor-pointer select-none items-center gap-3 rounded-card px-3 text-sm outline-none data-[highlighted]:bg-seam data-[highlighted]:text-ivory";

interface Props {
  trigger: ReactNode;
  children: ReactNode;
  align?: "start" | "end";
  side?: "top" | "bottom";
  container?: HTMLElement | null;
  onOpenChange?: (open: boolean) => void;
  className?: string;
}

export function Menu({
  trigger,
  children,
  align = "end",
  side = "bottom",
  container,
  onOpenChange,
  className,
}: Props) {
  return (
    <Radix.Root dir={direction()} modal={false} onOpenChange={onOpenChange}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal container={container}>
        <Radix.Content
          align={align}
          side={side}
          sideOffset={8}
          collisionPadding={12}
          className={cn(
            "z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-52 animate-fade overflow-y-auto rounded-panel bg-plush p-1.5 shadow-lift ring-1 ring-seam",
            className,
          )}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
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
