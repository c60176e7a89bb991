// What staff may do in this app.
import { useQuery } from "@tanstack/react-query";
import { me } from "./identity";
import { keys, queries } from "./queries";

const MODERATORS = ["moderator", "super_admin"];
const ME = { queryKey: keys.me, queryFn: me };

const moderates = ({ roles }: { roles: readonly string[] }): boolean =>
  roles.some((role) => MODERATORS.includes(role));

/** Whether whoever is signed in decides about reviews; not before that is known. */
export function useModerates(): boolean {
  return useQuery({ ...ME, select: moderates }).data ?? false;
}

export const mayModerate = async (): Promise<boolean> => moderates(await queries.ensureQueryData(ME));
