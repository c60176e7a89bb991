// What lies under and over every screen: the bar that says we are out of reach, and words that outlast their screen.
import { Outlet, useLocation } from "@tanstack/react-router";
import { WifiOff } from "lucide-react";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { reach } from "@/shared/api/reach";
import { session, useSession } from "@/shared/session/auth";
import { Toasts } from "@/shared/ui/toast";
import { toasts } from "@/shared/ui/toasts";
import { useWalk } from "@/shared/ui/walk";
import { usePageHead } from "./page-head";

export function Root() {
  // The player says by itself how its film stands, and nothing may lie over a picture.
  const playing = useLocation({ select: ({ pathname }) => pathname.startsWith("/watch/") });
  useSignedOutElsewhere();
  useWalk(!playing);
  usePageHead();
  return (
    <>
      <Outlet />
      {!playing && <OfflineBar />}
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

function OfflineBar() {
  const { t } = useTranslation();
  const there = useSyncExternalStore(reach.subscribe, reach.view);
  return (
    // Always there, so that what comes into it is read out.
    <div
      role="status"
      className="pointer-events-none fixed inset-x-0 bottom-[calc(4.75rem+env(safe-area-inset-bottom))] z-40 flex justify-center px-(--gutter) sm:bottom-6"
    >
      {!there && (
        <p
          data-testid="offline"
          className="flex animate-rise items-center gap-3 rounded-panel bg-plush px-4 py-2.5 text-sm shadow-lift ring-1 ring-seam"
        >
          <WifiOff className="size-4 shrink-0 text-amber" aria-hidden="true" />
          {t("app.offline")}
        </p>
      )}
    </div>
  );
}
