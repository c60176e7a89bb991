// The account's own subscription; null where there is none.
import { useQuery } from "@tanstack/react-query";
import { keys } from "@/app/query";
import { subscription } from "@/lib/api/billing";
import type { Subscription } from "@/lib/api/shapes";
import { Problem } from "@/lib/problems";

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
