// What is shown while a screen comes, when it breaks, and where there is none.
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { Button } from "@/shared/ui/button";
import { Mark } from "@/shared/ui/mark";
import { LoadFailed, PageNotice } from "@/shared/ui/notice";

export function Waiting() {
  return (
    <div className="grid min-h-dvh place-items-center" role="status">
      <Mark className="size-10 animate-pulse" />
      <span className="sr-only">Loading</span>
    </div>
  );
}

export function ScreenFailed({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const again = () => {
    reset();
    void router.invalidate();
  };
  return <LoadFailed error={error} onRetry={again} className="min-h-dvh" />;
}

export function NotFoundScreen() {
  return (
    <PageNotice
      className="min-h-dvh"
      title="Nothing is showing here"
      actions={
        <Button asChild kind="light">
          <Link to="/">To the front door</Link>
        </Button>
      }
    >
      The address is wrong, or what was here has left the programme.
    </PageNotice>
  );
}
