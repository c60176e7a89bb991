// What a link from a mail carries behind its #: read once, and gone from the address bar, its history and whatever copies it.

let read: { path: string; token: string } | null = null;

/** The token of the link that opened this page, or null where none did. Asked again on the same page it is the same. */
export function linkToken(): string | null {
  const { hash, pathname, search } = window.location;
  const token = /^#([\w-]{20,})$/.exec(hash)?.[1];
  if (token) {
    read = { path: pathname, token };
    window.history.replaceState(window.history.state, "", pathname + search);
  }
  return read?.path === pathname ? read.token : null;
}

/** Let the page at `path`, which is opened next, have the token too: what it was good for here is done. */
export function handLinkTokenTo(path: string): void {
  if (read) read = { path, token: read.token };
}
