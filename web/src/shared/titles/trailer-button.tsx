// The way to a title's trailer.
import { Link } from "@tanstack/react-router";
import { Clapperboard } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/shared/ui/button";
import type { Trailer } from "./trailer";

export function TrailerButton({ trailer, testid }: { trailer: Trailer; testid: string }) {
  const { t } = useTranslation();
  return (
    <Button asChild kind="glass" size="lg">
      <Link
        to="/watch/$playableId"
        params={{ playableId: trailer.playable_id }}
        search={{ from: "start" }}
        data-testid={testid}
      >
        <Clapperboard className="size-5" aria-hidden="true" /> {t("common.trailer")}
      </Link>
    </Button>
  );
}
