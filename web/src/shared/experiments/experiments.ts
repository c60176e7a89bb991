// Flags and experiments for the app's parts.
import { useEffect, useSyncExternalStore } from "react";
import { assignments } from "@/shared/api/events";
import { onExperiments } from "@/shared/api/transport";
import { arms } from "@/shared/events/met";
import { tell } from "@/shared/events/tell";
import { device } from "@/shared/lib/storage";
import { session } from "@/shared/session/auth";
import { Assigned } from "./assigned";

/** What was switched off is off within five seconds of the next request. Milliseconds. */
const SPREAD = 2_000;

const assigned = new Assigned({
  profileId: () => session.view().profileId,
  ask: assignments,
  storage: device,
  soon: (act) => void setTimeout(act, Math.random() * SPREAD),
  exposed: (experiment, arm) => {
    arms[experiment] = arm;
    tell({ type: "exposure", experiment, arm });
  },
});

onExperiments((version) => assigned.heard(version));

/** Whether a feature is on; `otherwise` while nobody made such a flag. */
export function useFlag(name: string, otherwise: boolean): boolean {
  return useSyncExternalStore(assigned.subscribe, () => assigned.flag(name, otherwise));
}

/** This profile's arm of an experiment, met as soon as what asks for it is on the page; null where it is in none. */
export function useArm(experiment: string): string | null {
  const arm = useSyncExternalStore(assigned.subscribe, () => assigned.view().experiments[experiment] ?? null);
  useEffect(() => {
    if (arm !== null) assigned.meet(experiment);
  }, [arm, experiment]);
  return arm;
}
