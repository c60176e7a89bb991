// Stars, to read and to give. Giving them is one of five radio buttons, so the arrow keys choose.

import { Star } from "lucide-react";
import { type Ref, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/shared/lib/cn";

const ALL = [1, 2, 3, 4, 5];

export function Stars({ stars, className }: { stars: number; className?: string }) {
  const { t } = useTranslation();
  return (
    <span
      role="img"
      aria-label={t("reviews.outOf", { count: stars })}
      className={cn("flex text-brass", className)}
    >
      {ALL.map((n) => (
        <Star
          key={n}
          className={cn("size-4", n <= stars ? "fill-current" : "opacity-35")}
          aria-hidden="true"
        />
      ))}
    </span>
  );
}

interface Props {
  value: number;
  onChange: (stars: number) => void;
  error?: string;
  /** Takes the first star, for a form that leads to what is missing. */
  first?: Ref<HTMLInputElement>;
}

export function StarsInput({ value, onChange, error, first }: Props) {
  const { t } = useTranslation();
  const name = useId();
  const [pointed, setPointed] = useState(0);
  const lit = pointed || value;
  return (
    <fieldset aria-invalid={error ? true : undefined} aria-describedby={error ? `${name}-error` : undefined}>
      <legend className="mb-1.5 font-medium text-ivory/90 text-sm">{t("reviews.stars")}</legend>
      <div className="-ms-1.5 flex w-fit text-brass" onPointerLeave={() => setPointed(0)}>
        {ALL.map((stars) => (
          <label
            key={stars}
            onPointerEnter={({ pointerType }) => pointerType === "mouse" && setPointed(stars)}
            className="cursor-pointer rounded-card p-1.5 has-focus-visible:outline-2 has-focus-visible:outline-ivory"
          >
            <input
              ref={stars === ALL[0] ? first : undefined}
              type="radio"
              name={name}
              value={stars}
              checked={stars === value}
              onChange={() => onChange(stars)}
              className="sr-only"
              data-first={stars === value ? "" : undefined}
              data-testid={`star-${stars}`}
            />
            <span className="sr-only">{t("reviews.star", { count: stars })}</span>
            <Star
              className={cn("size-8 transition-opacity", stars <= lit ? "fill-current" : "opacity-35")}
              aria-hidden="true"
            />
          </label>
        ))}
      </div>
      {error && (
        <p id={`${name}-error`} role="alert" className="text-ruby-text text-sm">
          {error}
        </p>
      )}
    </fieldset>
  );
}
