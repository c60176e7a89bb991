// What a language has to say: a text for every key of the English catalogue, and for every problem of the services.
import type { Code } from "@/shared/api/problems";
import type { en } from "./en";

/** Plural forms that English does without; a language that has them adds them beside `_other`. */
type OtherForms<Key> = Key extends `${infer Name}_other`
  ? `${Name}_${"zero" | "two" | "few" | "many"}`
  : never;

/** The same keys as `English`, with any words. */
export type Texts<English> = {
  readonly [Key in keyof English]: English[Key] extends string ? string : Texts<English[Key]>;
} & { readonly [Key in OtherForms<keyof English>]?: string };

export type Catalogue = Texts<Omit<typeof en, "problems">> & {
  readonly problems: { readonly [code in Code]: string };
};
