// What went wrong and the way out of it: inside a form, or in place of a whole page.

import { CircleAlert } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem, sentence } from "@/shared/api/problems";
import { tellFailure } from "@/shared/events/tell";
import { cn } from "@/shared/lib/cn";
import { Button } from "./button";
import { Mark } from "./mark";

export function FormError({ error, children }: { error: unknown; children?: ReactNode }) {
  if (!error) return null;
  return (
    <div
      role="alert"
      data-testid="form-error"
      className="flex animate-rise gap-3 rounded-card bg-ruby-deep/25 p-3.5 text-sm ring-1 ring-ruby/40"
    >
      <CircleAlert className="mt-0.5 size-4 shrink-0 text-ruby-text" aria-hidden="true" />
      <div className="flex flex-col gap-2">
        <p>{sentence(error)}</p>
        {children}
      </div>
    </div>
  );
}

/** The reference support can find the failure by, one click away. */
export function Trace({ id, className }: { id: string; className?: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  if (!id) return null;
  return (
    <p className={cn("text-dust text-xs", className)}>
      {open ? (
        <span className="select-all font-mono">{id}</span>
      ) : (
        <button
          type="button"
          className="min-h-6 underline decoration-seam underline-offset-4 pointer-coarse:min-h-11"
          onClick={() => setOpen(true)}
        >
          {t("common.showReference")}
        </button>
      )}
    </p>
  );
}

interface PageNoticeProps {
  title: string;
  children: ReactNode;
  actions?: ReactNode;
  trace?: string;
  className?: string;
  /** It stands below the page's own heading. */
  below?: boolean;
}

/** A whole page that says one thing. */
export function PageNotice({ title, children, actions, trace, className, below }: PageNoticeProps) {
  const Heading = below ? "h2" : "h1";
  return (
    <div className={cn("gutter grid min-h-[70dvh] place-items-center py-24 text-center", className)}>
      <div className="flex max-w-md animate-rise flex-col items-center gap-4">
        <Mark className="size-10 opacity-80" />
        <Heading className="font-semibold text-xl">{title}</Heading>
        <div className="text-dust">{children}</div>
        {actions && <div className="mt-3 flex flex-wrap justify-center gap-3">{actions}</div>}
        {trace && <Trace id={trace} className="mt-4" />}
      </div>
    </div>
  );
}

/** For a page whose data did not come. */
export function LoadFailed({
  error,
  onRetry,
  className,
}: {
  error: unknown;
  onRetry: () => void;
  className?: string;
}) {
  const { t } = useTranslation();
  useEffect(() => tellFailure(error), [error]);
  return (
    <PageNotice
      title={t("common.loadFailed")}
      className={className}
      trace={error instanceof Problem ? error.traceId : ""}
      actions={
        <Button kind="light" onClick={onRetry}>
          {t("common.tryAgain")}
        </Button>
      }
    >
      {sentence(error)}
    </PageNotice>
  );
}
