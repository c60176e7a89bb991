// What lies under and over every screen: the bar that says we are out of reach, and words that outlast their screen.
import { Outlet, useLocation } from "@tanstack/react-router";
import { WifiOff } from "lucide-react";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { reach } from "@/shared/api/reach";
import { ago } from "@/shared/i18n/format";
import { cn } from "@/shared/lib/cn";
import { session, useSession } from "@/shared/session/auth";
import { Button } from "@/shared/ui/button";
import { Toasts } from "@/shared/ui/toast";
import { toasts } from "@/shared/ui/toasts";
import { useWalk } from "@/shared/ui/walk";
import { useAudience } from "./audience";
import { usePageHead } from "./page-head";
import { release } from "./release";
import { useShownFrom } from "./shown-from";

export function Root() {
  // The player says by itself how its film stands, and nothing may lie over a picture.
  const playing = useLocation({ select: ({ pathname }) => pathname.startsWith("/watch/") });
  useSignedOutElsewhere();
  useWalk(!playing);
  usePageHead();
  useAudience();
  return (
    <>
      <Outlet />
      {!playing && <Bars />}
      {!playing && <Toasts />}
    </>
  );
}

/** Who did not sign out here is told why they are asked to sign in. */
function useSignedOutElsewhere(): void {
  const { t } = useTranslation();
  const { signedIn } = useSession();
  const was = useRef(signedIn);
  useEffect(() => {
    if (was.current && !signedIn && !session.left) toasts.say(t("app.signedOut"));
    was.current = signedIn;
  }, [signedIn, t]);
}

const BAR =
  "flex animate-rise items-center gap-3 rounded-panel bg-plush px-4 py-2.5 text-sm shadow-lift ring-1 ring-seam";

function Bars() {
  const there = useSyncExternalStore(reach.subscribe, reach.view);
  const newer = useSyncExternalStore(release.subscribe, release.newer);
  return (
    // Always there, so that what comes into it is read out.
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 bottom-[calc(4.75rem+env(safe-area-inset-bottom))] z-40 flex justify-center px-(--gutter) sm:bottom-6"
    >
      {!there && <OfflineBar />}
      {there && newer && <NewerBar />}
    </div>
  );
}

function OfflineBar() {
  const { t } = useTranslation();
  const at = useShownFrom();
  return (
    <p data-testid="offline" className={BAR}>
      <WifiOff className="size-4 shrink-0 text-amber" aria-hidden="true" />
      {at === null ? t("app.offline") : t("app.offlineFrom", { when: ago(at) })}
    </p>
  );
}

function NewerBar() {
  const { t } = useTranslation();
  return (
    <p data-testid="newer" className={cn(BAR, "pointer-events-auto py-1.5 pe-1.5")}>
      {t("app.newer")}
      <Button kind="light" size="sm" onClick={() => location.reload()}>
        {t("app.renew")}
      </Button>
    </p>
  );
}
