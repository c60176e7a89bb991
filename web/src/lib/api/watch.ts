// Calls to the watch state: My List.
import type { Card, Page } from "@/lib/api-shapes";
import { Problem } from "@/lib/problems";
import { call } from "./transport";

export const myList = () =>
  call<Page<Partial<Card> & { title_id: string }>>("GET", "/me/list").then((page) => page.items);

export async function addToList(titleId: string): Promise<void> {
  try {
    await call("POST", "/me/list", { body: { title_id: titleId } });
  } catch (error) {
    // Another tab or device was quicker: the wish is fulfilled.
    if (!(error instanceof Problem && error.code === "already_in_list")) throw error;
  }
}

export const removeFromList = (titleId: string) => call<void>("DELETE", `/me/list/${titleId}`);
