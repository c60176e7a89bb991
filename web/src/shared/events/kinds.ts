// What the app tells of itself, and what a viewer has to agree to before it is told.
import type { components } from "@/shared/api/schema";

type Schemas = components["schemas"];
type Said =
  | Schemas["ImpressionSaid"]
  | Schemas["ClickSaid"]
  | Schemas["SearchSaid"]
  | Schemas["PageSaid"]
  | Schemas["PlaybackSaid"]
  | Schemas["ErrorSaid"]
  | Schemas["ExposureSaid"];

/** An event as features say it: its id, its time and its place in the visit are added here. */
export type Happened = Said extends infer Each
  ? Each extends Said
    ? Omit<Each, "id" | "at" | "visit" | "seq">
    : never
  : never;

/** An event in the queue: of this profile, and as it is sent. */
export interface Queued {
  profileId: string;
  said: Said;
}

export type Agreed = "analytics" | "personalisation";

/** What is not here is needed to run the service, and asks nobody. */
const NEEDS: { readonly [type in Said["type"]]?: Agreed } = {
  impression: "personalisation",
  click: "personalisation",
  search: "personalisation",
  page: "analytics",
  exposure: "analytics",
};

export function needs(happened: Pick<Said, "type">): Agreed | undefined {
  return NEEDS[happened.type];
}
