// The way from a film back to the many.
import { useNavigate, useRouter } from "@tanstack/react-router";
import { useCallback } from "react";
import { stepsBack } from "@/shared/lib/trail";

/** To the page for browsing that the viewer came from, or to the first one; never to the film's own. */
export function useMoreFilms(): () => void {
  const router = useRouter();
  const navigate = useNavigate();
  return useCallback(() => {
    if (document.fullscreenElement) void document.exitFullscreen();
    const steps = stepsBack(router.history.location.state.__TSR_index);
    if (steps !== null) router.history.go(-steps);
    else void navigate({ to: "/home", replace: true });
  }, [router, navigate]);
}
