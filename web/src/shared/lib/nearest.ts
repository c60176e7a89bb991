// Where an arrow key leads among boxes on the screen, as a remote control's does.

export type Way = "left" | "right" | "up" | "down";
/** Where the arrow keys lead, by their names. */
export const WAYS: Readonly<Record<string, Way>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};
export type Box = Pick<DOMRect, "left" | "right" | "top" | "bottom">;

/** Boxes may overlap by this much and still lie beside each other. CSS pixels. */
const OVERLAP = 4;

/** Of those equally near it is the one that lies straightest ahead: what sticks out at the sides counts so little. */
const ASTRAY = 0.01;

/** The box beyond `from` that an arrow leads to; the first of those equally near. */
export function nearest<T>(from: Box, others: readonly T[], boxOf: (other: T) => Box, way: Way): T | null {
  let found: T | null = null;
  let shortest = Number.POSITIVE_INFINITY;
  for (const other of others) {
    const box = boxOf(other);
    const along = gap(from, box, way);
    const off = aside(from, box, way);
    // A row ends where it ends; up and down reach what lies aside where nothing lies ahead.
    if (along < -OVERLAP || (off > 0 && (way === "left" || way === "right"))) continue;
    const distance = along + 3 * off + ASTRAY * astray(from, box, way);
    if (distance < shortest) {
      found = other;
      shortest = distance;
    }
  }
  return found;
}

function gap(from: Box, to: Box, way: Way): number {
  switch (way) {
    case "left":
      return from.left - to.right;
    case "right":
      return to.left - from.right;
    case "up":
      return from.top - to.bottom;
    case "down":
      return to.top - from.bottom;
  }
}

/** How far two boxes miss each other across the way. */
function aside(from: Box, to: Box, way: Way): number {
  return way === "left" || way === "right"
    ? Math.max(0, to.top - from.bottom, from.top - to.bottom)
    : Math.max(0, to.left - from.right, from.left - to.right);
}

/** How far they stick out beyond each other across the way: nothing where one lies within the other's sides. */
function astray(from: Box, to: Box, way: Way): number {
  const [a, b, c, d] =
    way === "left" || way === "right"
      ? [from.top, from.bottom, to.top, to.bottom]
      : [from.left, from.right, to.left, to.right];
  const beyond = (near: number, far: number, low: number, high: number) =>
    Math.max(0, near - low) + Math.max(0, high - far);
  return Math.min(beyond(a, b, c, d), beyond(c, d, a, b));
}
