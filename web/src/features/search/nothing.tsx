// Where nothing was found: a kind word, and something to go on with.

import type { ReactNode } from "react";
import { LookAround } from "./look-around";

interface Props {
  /** What may be done about it. */
  children: ReactNode;
}

export function NothingFound({ children }: Props) {
  return (
    <div data-testid="nothing-found">
      <div className="gutter mt-4 flex max-w-2xl flex-col items-start gap-4 text-dust">{children}</div>
      <LookAround />
    </div>
  );
}
