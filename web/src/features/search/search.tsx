// The page of what was found: by name, or by a description of it.

import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { SearchResults } from "@/shared/api/shapes";
import { LoadFailed } from "@/shared/ui/notice";
import { Wall, WallSkeleton } from "@/shared/ui/wall";
import { Described } from "./described";
import { Found } from "./found";
import { Heading } from "./heading";
import { isFiltered, isSentence, names, type Question } from "./question";
import { Start } from "./start";
import { useFound } from "./use-found";

export function SearchScreen() {
  const question = useSearch({ from: "/viewers/shell/search" });
  const asks = question.q !== undefined || question.sort !== undefined || isFiltered(question);
  return (
    <div className="pt-[calc(var(--header)+1.75rem)]" data-testid="search-page">
      {asks ? <Answer question={question} /> : <Start />}
    </div>
  );
}

function Answer({ question }: { question: Question }) {
  const described = question.by === "description" && question.q !== undefined;
  const found = useFound(question, !described);
  const byName = (pages: SearchResults[]) => <Found question={question} found={found} pages={pages} />;
  if (described) return <Described question={question} />;
  if (found.error && !found.data)
    return <LoadFailed error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <AnswerSkeleton question={question} />;
  const { q = "", by } = question;
  if (by === undefined && isSentence(q)) {
    if (found.isPlaceholderData) return <AnswerSkeleton question={question} />;
    // What no title is called by is taken for what it is: a sentence.
    const [first] = found.data.pages[0]?.items ?? [];
    if (!first) return <Described question={question} />;
    if (!names(q, first.name)) return <Described question={question} otherwise={byName(found.data.pages)} />;
  }
  return byName(found.data.pages);
}

function AnswerSkeleton({ question }: { question: Question }) {
  const { t } = useTranslation();
  return (
    <div role="status">
      <span className="sr-only">{t("common.loading")}</span>
      <Heading question={question} />
      <div className="gutter mt-5 flex gap-2.5 overflow-hidden">
        {[0, 1, 2, 3].map((chip) => (
          <div key={chip} className="skeleton h-10 w-28 shrink-0 rounded-full" />
        ))}
      </div>
      <div className="gutter mt-7">
        <Wall>
          <WallSkeleton count={12} />
        </Wall>
      </div>
    </div>
  );
}
