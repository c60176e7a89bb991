// What the keys do.
import type { RefObject } from "react";
import { Dialog } from "@/shared/ui/dialog";
import { KEYS } from "./use-keys";

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  container: RefObject<HTMLElement | null>;
}

export function Help({ open, onOpenChange, container }: Props) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keys" container={container.current}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2.5 text-sm" data-testid="key-help">
        {KEYS.map(([keys, meaning]) => (
          <div key={keys} className="contents">
            <dt className="whitespace-nowrap font-semibold">{keys}</dt>
            <dd className="text-dust">{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
