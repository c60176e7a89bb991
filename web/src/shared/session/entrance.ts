// Where someone goes who has just signed in.
import { session } from "./auth";

/** The films, or first who is watching. */
export function entrance(): "/home" | "/profiles" {
  return session.view().profileId === null ? "/profiles" : "/home";
}
