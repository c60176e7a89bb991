// Whether the next episode begins by itself: on, until it is turned off on this device.

const KEY = "bijou.autoplay";
const OFF = "off";

export function autoplays(): boolean {
  return localStorage.getItem(KEY) !== OFF;
}

export function setAutoplays(on: boolean): void {
  if (on) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, OFF);
}
