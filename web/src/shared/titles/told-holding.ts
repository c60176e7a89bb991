// Cards hide what a held key shows: whoever first comes to one by keys is told so, once on this device.
import { t } from "@/shared/i18n/i18n";
import { device } from "@/shared/lib/storage";
import { toasts } from "@/shared/ui/toasts";

const KEY = "bijou.told-holding";

export function tellHolding(card: HTMLElement): void {
  if (!card.matches(":focus-visible") || device.getItem(KEY)) return;
  device.setItem(KEY, "1");
  toasts.say(t("common.holdForMore"));
}
