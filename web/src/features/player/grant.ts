// The edge grant in media addresses: /media/<grant>/<asset>/<run>/…

const PREFIX = /^((?:https?:\/\/[^/]+)?\/media\/)[^/]+(?=\/)/;

/** `uri` with its grant replaced by `grant`; addresses that are not media stay as they are. */
export function withGrant(uri: string, grant: string): string {
  return uri.replace(PREFIX, (_, before: string) => before + grant);
}

/** The bare grant from what a heartbeat carries: the grant itself or its path prefix. */
export function grantOf(renewal: string): string {
  return renewal.replace(/^.*\/media\//, "").replace(/\/.*$/, "");
}

/** `uri` without its grant: the same for every session of one encoding. */
export function ungranted(uri: string): string {
  return withGrant(uri, "-");
}
