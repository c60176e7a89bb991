// What staff write of an audience, of arms and of an experiment, as it is sent; and an audience as it is written.
import type { ExperimentBody, FlagBody } from "@/shared/api/shapes";

export type Audience = NonNullable<FlagBody["audience"]>;
type Device = NonNullable<Audience["devices"]>[number];
type Arm = ExperimentBody["arms"][number];

export const DEVICES = ["web", "mobile", "tablet", "tv", "cast", "other"] as const satisfies Device[];
export const NAME = /^[a-z][a-z0-9_.-]{0,58}[a-z0-9]$/;
const ARM = /^[A-Za-z0-9_.-]{1,40}$/;
const VERSION = /^\d{1,9}(\.\d{1,9}){0,3}$/;
const COUNTRY = /^[A-Z]{2}$/;

/** An audience in the fields of a form. */
export interface Written {
  countries: string;
  plans: string;
  devices: readonly Device[];
  version: string;
}

export const EVERYBODY: Written = { countries: "", plans: "", devices: [], version: "" };

export function written(audience: Audience): Written {
  const { countries = [], plans = [], devices = [], app_version } = audience;
  return { countries: countries.join(", "), plans: plans.join(", "), devices, version: app_version ?? "" };
}

/** Which fields say nothing that could be meant. */
export function mistakes(audience: Written): ("countries" | "version")[] {
  const version = audience.version.trim();
  return [
    ...(words(audience.countries.toUpperCase()).every((each) => COUNTRY.test(each))
      ? []
      : ["countries" as const]),
    ...(version === "" || VERSION.test(version) ? [] : ["version" as const]),
  ];
}

export function meant(audience: Written): Audience {
  return {
    countries: words(audience.countries.toUpperCase()),
    plans: words(audience.plans),
    devices: DEVICES.filter((each) => audience.devices.includes(each)),
    app_version: audience.version.trim() || null,
  };
}

/** "control, large: 2": the second has twice the part of the first. Null for what is no two arms or more. */
export function armsOf(text: string): Arm[] | null {
  const arms = words(text).map((word) => {
    const [name = "", weight = "1"] = word.split(":").map((part) => part.trim());
    return { name, weight: Number(weight) };
  });
  const names = new Set(arms.map(({ name }) => name));
  const valid = arms.every(
    ({ name, weight }) => ARM.test(name) && Number.isInteger(weight) && weight >= 1 && weight <= 1000,
  );
  return valid && arms.length >= 2 && arms.length <= 10 && names.size === arms.length ? arms : null;
}

export function armsSaid(arms: readonly Arm[]): string {
  return arms.map(({ name, weight = 1 }) => (weight === 1 ? name : `${name}: ${weight}`)).join(", ");
}

/** A part of a layer in percent, as the places that it is: 0 to 50 is 0 to 499. Null for what is no part. */
export function placesOfPart(from: string, to: string): { first: number; last: number } | null {
  const [first, last] = [Math.round(percent(from) * 10), Math.round(percent(to) * 10) - 1];
  return first >= 0 && last >= first && last <= 999 ? { first, last } : null;
}

/** As it is written with a point or a comma; NaN for nothing. */
function percent(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text.trim().replace(",", "."));
}

function words(text: string): string[] {
  const found = text.split(/[,;]/u).map((word) => word.trim());
  return [...new Set(found.filter(Boolean))];
}
