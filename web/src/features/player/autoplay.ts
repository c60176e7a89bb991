// Whether the next episode begins by itself: on, until it is turned off on this device.
import { device } from "@/shared/lib/storage";

const KEY = "bijou.autoplay";
const OFF = "off";

export function autoplays(): boolean {
  return device.getItem(KEY) !== OFF;
}

export function setAutoplays(on: boolean): void {
  if (on) device.removeItem(KEY);
  else device.setItem(KEY, OFF);
}
