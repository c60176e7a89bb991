// Which failures of the film's pieces mend by themselves.
import shaka from "shaka-player/dist/shaka-player.compiled-es2021.js";

/** HTTP statuses the edge answers when a grant is out of date: a later request carries a newer one. */
const GRANT_REFUSED = new Set([401, 403]);
/** How often an old grant may be the reason before it is none. */
const GRANT_PATIENCE = 8;

/** A dead network, a service that is ill and, for a while, an old grant mend themselves; nothing else does. */
export function mends(error: shaka.util.Error, tries = 1): boolean {
  if (error.category !== shaka.util.Error.Category.NETWORK) return false;
  const answered = error.code === shaka.util.Error.Code.BAD_HTTP_STATUS;
  const status = answered ? Number(error.data[1]) : 0;
  return status === 0 || status >= 500 || (GRANT_REFUSED.has(status) && tries < GRANT_PATIENCE);
}
