// The front door: what Bijou is, and the way in.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MonitorSmartphone, RotateCcw, UsersRound } from "lucide-react";
import { plans as loadPlans } from "@/shared/api/billing";
import { keys } from "@/shared/api/queries";
import { per, priceLabel } from "@/shared/billing/price";
import { Auditorium } from "@/shared/ui/auditorium";
import { Button } from "@/shared/ui/button";
import { Wordmark } from "@/shared/ui/mark";

const REASONS = [
  {
    icon: RotateCcw,
    title: "It remembers your place",
    text: "Stop on the sofa, go on in the train. Every film waits at the very second you left it.",
  },
  {
    icon: MonitorSmartphone,
    title: "Every screen you own",
    text: "Phone, tablet, laptop, television: the picture fits itself to the screen and to the line it comes through.",
  },
  {
    icon: UsersRound,
    title: "A seat for everyone",
    text: "Five profiles, each with a list of its own, and one for the children with only their films in it.",
  },
];

export function Welcome() {
  const { data } = useQuery({ queryKey: keys.plans, queryFn: loadPlans, retry: false });
  const cheapest = [...(data ?? [])].sort((a, b) => a.price.amount - b.price.amount)[0];
  const trial = Math.max(0, ...(data ?? []).map((plan) => plan.trial_days));
  return (
    <main className="flex min-h-dvh flex-col">
      <section className="relative isolate flex min-h-svh flex-col overflow-hidden">
        <Auditorium />
        <header className="gutter flex h-(--header) items-center justify-between">
          <Wordmark />
          <Button asChild kind="glass" size="sm">
            <Link to="/sign-in" data-testid="sign-in-link">
              Sign in
            </Link>
          </Button>
        </header>
        <div className="gutter flex flex-1 animate-rise flex-col items-center justify-center pb-[24svh] text-center">
          <h1 className="font-display text-[clamp(2.5rem,6.2vw,5.5rem)] leading-[1.08]">
            <span className="block">The lights go down.</span>{" "}
            <span className="block">The film is yours.</span>
          </h1>
          <p className="mt-6 max-w-xl text-ivory/85 text-lg">
            A small grand cinema after dark, with films and series picked by people who love them.
          </p>
          <div className="mt-9 flex flex-col items-center gap-4">
            <Button asChild size="lg" className="px-10 text-lg">
              <Link to="/register" data-testid="register-link">
                Take your seat
              </Link>
            </Button>
            <p className="min-h-6 text-ivory/80 text-sm">
              {cheapest &&
                `${trial > 0 ? `${trial} days free, then from` : "From"} ${priceLabel(cheapest)} ${per[cheapest.interval]}. Leave whenever you like.`}
            </p>
          </div>
        </div>
      </section>
      <section className="gutter mx-auto grid max-w-6xl gap-12 py-24 md:grid-cols-3" aria-label="Why Bijou">
        {REASONS.map(({ icon: Icon, title, text }) => (
          <div key={title}>
            <Icon className="size-7 text-brass" strokeWidth={1.5} aria-hidden="true" />
            <h2 className="mt-4 font-semibold text-lg">{title}</h2>
            <p className="mt-2 text-dust">{text}</p>
          </div>
        ))}
      </section>
      <footer className="gutter mt-auto flex items-center justify-between border-seam border-t py-8 text-dust text-sm">
        <Wordmark className="text-base text-ivory/80" />
        <Link to="/register" className="font-semibold text-ivory hover:underline">
          Create an account
        </Link>
      </footer>
    </main>
  );
}
