// The room around the forms of the way in: registering, signing in, paying.

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/shared/lib/cn";
import { Wordmark } from "./mark";

interface Props {
  title: string;
  lead?: ReactNode;
  children: ReactNode;
  aside?: ReactNode;
  wide?: boolean;
}

export function EntryFrame({ title, lead, children, aside, wide }: Props) {
  const { t } = useTranslation();
  return (
    <div className="relative isolate flex min-h-dvh flex-col">
      <div
        aria-hidden="true"
        className="-z-10 absolute inset-0 bg-[radial-gradient(70%_55%_at_50%_-8%,oklch(36%_0.13_18/0.5),transparent_70%)]"
      />
      <header className="gutter flex h-(--header) items-center justify-between">
        <Link to="/" aria-label={t("common.frontDoor")} className="flex">
          <Wordmark />
        </Link>
        {aside}
      </header>
      <main className="gutter flex flex-1 flex-col items-center justify-center py-10">
        <div className={cn("w-full animate-rise", wide ? "max-w-5xl" : "max-w-md")}>
          <h1 className={cn("font-semibold text-2xl leading-tight", wide && "text-center")}>{title}</h1>
          {lead && <div className={cn("mt-2 text-dust", wide && "text-center")}>{lead}</div>}
          <div className="mt-8">{children}</div>
        </div>
      </main>
    </div>
  );
}
