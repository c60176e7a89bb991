// Whether this is a television: its remote control has arrows and OK, and keys of its own for the volume.
const TELEVISIONS =
  /smart-?tv|tizen|web0s|webos|hbbtv|netcast|viera|bravia|\baft[a-z]|crkey|google ?tv|android ?tv|apple ?tv|roku/i;

export function isTelevision(agent = navigator.userAgent): boolean {
  return TELEVISIONS.test(agent);
}
