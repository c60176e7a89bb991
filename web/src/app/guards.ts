// Who may see which screen, and where the others are sent.
import { notFound, redirect } from "@tanstack/react-router";
import { OFFLINE, Problem } from "@/shared/api/problems";
import { reach } from "@/shared/api/reach";
import { mayEdit, mayModerate, mayRead } from "@/shared/api/roles";
import { session } from "@/shared/session/auth";
import { SignedOut } from "@/shared/session/session";

export function guestsOnly(): void {
  if (session.view().signedIn) throw redirect({ to: "/home", replace: true });
}

export function membersOnly({ location }: { location: { href: string } }): void {
  if (session.view().signedIn) return;
  if (session.left) throw redirect({ to: "/", replace: true });
  throw redirect({ to: "/sign-in", search: { next: location.href }, replace: true });
}

/** The profile is known from the token alone, so a reload has to fetch one first. */
export async function viewersOnly({ location }: { location: { href: string } }): Promise<void> {
  membersOnly({ location });
  // Known to be away, nobody is waited for.
  if (!reach.view() && session.assume()) return chosenOnly(location);
  try {
    await session.access();
  } catch (error) {
    if (error instanceof SignedOut) membersOnly({ location });
    // Without a network what was seen last can be seen again, by who saw it.
    if (!(error instanceof Problem && error.code === OFFLINE && session.assume())) throw error;
  }
  chosenOnly(location);
}

function chosenOnly({ href }: { href: string }): void {
  if (session.view().profileId === null)
    throw redirect({ to: "/profiles", search: { next: href }, replace: true });
}

/** For everybody else there is no such page. */
export async function moderatorsOnly(): Promise<void> {
  if (!(await mayModerate())) throw notFound();
}

/** For everybody else there is no such page. */
export async function editorsOnly(): Promise<void> {
  if (!(await mayEdit())) throw notFound();
}

/** For everybody else there is no such page. */
export async function readersOnly(): Promise<void> {
  if (!(await mayRead())) throw notFound();
}

/** Only addresses of this app are followed after signing in. */
export function safeNext(next: unknown): string | undefined {
  return typeof next === "string" && /^\/(?![/\\])/.test(next) ? next : undefined;
}
