// The keys of `t` and what each text wants filled in, read from the English catalogue: a wrong one is an error of types.
import type { en } from "./en";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: Omit<typeof en, "problems"> };
  }
}
