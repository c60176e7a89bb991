// What staff may do in this app.
import { useQuery } from "@tanstack/react-query";
import { me } from "./identity";
import { keys, queries } from "./queries";

const ME = { queryKey: keys.me, queryFn: me };

const anyOf =
  (...wanted: string[]) =>
  ({ roles }: { roles: readonly string[] }): boolean =>
    roles.some((role) => wanted.includes(role));
const moderates = anyOf("moderator", "super_admin");
const edits = anyOf("content_manager", "super_admin");
const reads = anyOf("content_manager", "support", "super_admin");

/** Whether whoever is signed in decides about reviews; not before that is known. */
export function useModerates(): boolean {
  return useQuery({ ...ME, select: moderates }).data ?? false;
}

export const mayModerate = async (): Promise<boolean> => moderates(await queries.ensureQueryData(ME));

/** Whether whoever is signed in works on the catalogue; not before that is known. */
export function useEdits(): boolean {
  return useQuery({ ...ME, select: edits }).data ?? false;
}

export const mayEdit = async (): Promise<boolean> => edits(await queries.ensureQueryData(ME));

/** Whether whoever is signed in may see how the house is going; not before that is known. */
export function useReads(): boolean {
  return useQuery({ ...ME, select: reads }).data ?? false;
}

export const mayRead = async (): Promise<boolean> => reads(await queries.ensureQueryData(ME));
