// The account's own subscription; null where there is none.
import { useQuery } from "@tanstack/react-query";
import { subscription } from "@/shared/api/billing";
import { Problem } from "@/shared/api/problems";
import { keys } from "@/shared/api/queries";
import type { Subscription } from "@/shared/api/shapes";

async function load(): Promise<Subscription | null> {
  try {
    return (await subscription()) ?? null;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

export function useSubscription() {
  return useQuery({ queryKey: keys.subscription, queryFn: load });
}
