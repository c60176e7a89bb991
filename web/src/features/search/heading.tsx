// What was asked, as a headline, and how it may be meant.

import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/shared/lib/cn";
import { isSentence, type Question } from "./question";

interface Props {
  question: Question;
  /** How it was understood; undefined while that is not known. */
  meant?: "name" | "description";
  /** That nothing was found is the headline. */
  inVain?: boolean;
  children?: ReactNode;
}

export function Heading({ question, meant, inVain, children }: Props) {
  const { t } = useTranslation();
  const { q, by } = question;
  const found = meant === "description" ? "search.described" : "search.resultsFor";
  const line = inVain ? "search.empty.nothing" : found;
  return (
    <header className="gutter flex flex-wrap items-end justify-between gap-x-8 gap-y-4">
      <div className="min-w-0">
        <h1 className="font-semibold text-xl sm:text-2xl">{q ? t(line, { words: q }) : t("search.all")}</h1>
        {children}
      </div>
      {q && (by !== undefined || isSentence(q)) && <Meaning q={q} meant={meant} />}
    </header>
  );
}

function Meaning({ q, meant }: { q: string; meant: Props["meant"] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const ways = [
    { by: "name", label: t("search.byName") },
    { by: "description", label: t("search.byDescription") },
  ] as const;
  return (
    <div role="group" aria-label={t("search.meaning")} className="flex rounded-full bg-plush p-1">
      {ways.map(({ by, label }) => (
        <button
          key={by}
          type="button"
          data-testid={`by-${by}`}
          aria-pressed={by === meant}
          onClick={() => void navigate({ to: "/search", search: { q, by }, replace: true })}
          className={cn(
            "h-9 rounded-full px-4 pointer-coarse:h-11 font-medium text-sm transition-colors",
            by === meant ? "bg-ivory text-curtain" : "text-dust hover:text-ivory",
          )}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
