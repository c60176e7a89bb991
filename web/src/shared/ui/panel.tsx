// The page of settings, and one subject on it.

import type { ReactNode } from "react";

export function SettingsPage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="gutter mx-auto max-w-3xl pt-[calc(var(--header)+2.5rem)] pb-16">
      <h1 className="font-semibold text-2xl">{title}</h1>
      {children}
    </div>
  );
}

export function Panel({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-7 rounded-panel bg-velvet p-6 ring-1 ring-seam sm:p-8">
      <h2 className="mb-4 font-medium text-dust text-sm">{title}</h2>
      {children}
    </section>
  );
}
