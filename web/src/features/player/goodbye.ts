// The end of a session told to the server, and the place told again later where nobody heard.
import * as api from "@/shared/api/playback";
import { forgetUnsent, keepUnsent, type Unsent } from "@/shared/api/unsent";
import { session } from "@/shared/session/auth";

/** End a session at a place; whether that was heard. What is kept first and forgotten when heard is lost neither with the network nor with the page. */
export async function goodbye(sessionId: string, at: Omit<Unsent, "profileId">): Promise<boolean> {
  const { profileId } = session.view();
  const place = profileId && at.position > 0 ? { ...at, profileId } : null;
  if (place) keepUnsent(place);
  const heard = await api.leave(sessionId, at.position);
  if (heard && place) forgetUnsent(place);
  return heard;
}
