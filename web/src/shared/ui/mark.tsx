// The name and its mark: a gem of five facets, lying so that it reads as a play triangle.
import { cn } from "@/shared/lib/cn";

export function Mark({ className }: { className?: string }) {
  return (
    <svg
      viewBox="0 0 32 32"
      fill="currentColor"
      aria-hidden="true"
      className={cn("size-6 text-ruby", className)}
    >
      <path d="M4 10 10 3v13H4z" fillOpacity=".78" />
      <path d="M4 16h6v13l-6-7z" fillOpacity=".58" />
      <path d="M10 3l20 13-20-5z" />
      <path d="M10 11l20 5-20 5z" fillOpacity=".84" />
      <path d="M10 21l20-5-20 13z" fillOpacity=".66" />
    </svg>
  );
}

export function Wordmark({ className }: { className?: string }) {
  return (
    <span className={cn("name inline-flex items-center gap-2.5 text-lg leading-none", className)}>
      <Mark className="size-[1.15em]" />
      Bijou
    </span>
  );
}
