// A filter, or an order, as a chip that opens its choices; a filter that is set can be taken off beside them.
import { ChevronDown, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cn } from "@/shared/lib/cn";
import { Menu, MenuChoices } from "./menu";

/** How a chip looks, for those that are links or buttons. */
export const CHIP =
  "flex h-10 shrink-0 scroll-my-24 items-center rounded-full bg-plush px-4 font-medium text-sm transition-colors hover:bg-seam pointer-coarse:h-11";
/** Of two halves that touch, neither has room for a ring around it. */
const RING_INSIDE = "outline-curtain -outline-offset-5";
const NONE = "";

interface Props {
  label: string;
  value: string | undefined;
  choices: { id: string; label: string; note?: string }[];
  onChoose: (id: string | undefined) => void;
  /** What it is called that nothing is chosen; left out, something always is. */
  none?: string;
  testid?: string;
}

export function FilterChip({ label, value, choices, onChoose, none, testid }: Props) {
  const { t } = useTranslation();
  const chosen = choices.find(({ id }) => id === value);
  const set = none !== undefined && chosen !== undefined;
  const all = none === undefined ? choices : [{ id: NONE, label: none }, ...choices];
  return (
    <span className="flex shrink-0 scroll-my-24">
      <Menu
        align="start"
        trigger={
          <button
            type="button"
            data-testid={testid}
            aria-label={chosen ? `${label}: ${chosen.label}` : label}
            className={cn(
              "flex h-10 select-none items-center gap-1.5 rounded-full px-4 font-medium text-sm transition-colors duration-150 pointer-coarse:h-11",
              set ? "bg-ivory ps-4 pe-2 text-curtain" : "bg-plush text-ivory hover:bg-seam",
              set && `rounded-e-none ${RING_INSIDE}`,
            )}
          >
            {chosen?.label ?? label}
            <ChevronDown className="size-4 opacity-70" aria-hidden="true" />
          </button>
        }
      >
        <MenuChoices
          label={label}
          value={chosen?.id ?? NONE}
          onChoose={(id) => onChoose(id === NONE ? undefined : id)}
          choices={all}
        />
      </Menu>
      {set && (
        <button
          type="button"
          data-testid={testid && `${testid}-off`}
          aria-label={t("common.takeOff", { name: chosen.label })}
          onClick={() => onChoose(undefined)}
          className={cn(
            "grid h-10 w-10 place-items-center rounded-e-full bg-ivory text-curtain transition-colors hover:bg-ivory/85 pointer-coarse:size-11",
            RING_INSIDE,
          )}
        >
          <X className="size-4" aria-hidden="true" />
        </button>
      )}
    </span>
  );
}

/** Chips side by side; on a narrow screen they go on past its edge. */
export function ChipRow({
  label,
  children,
  className,
}: {
  label: string;
  children: React.ReactNode;
  className?: string;
}) {
  return (
    <div
      role="group"
      aria-label={label}
      className={cn("rail gap-2.5 py-1.5 sm:flex-wrap sm:overflow-visible", className)}
    >
      {children}
    </div>
  );
}
