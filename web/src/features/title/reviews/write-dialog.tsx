// Write a review, or change it.

import { zodResolver } from "@hookform/resolvers/zod";
import { useEffect, useRef } from "react";
import { Controller, useForm, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { Problem } from "@/shared/api/problems";
import type { OwnReview } from "@/shared/api/shapes";
import { t } from "@/shared/i18n/i18n";
import { useSession } from "@/shared/session/auth";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { FormError } from "@/shared/ui/notice";
import { TextArea } from "@/shared/ui/text-area";
import { draftKey, draftOf, keepDraft } from "./drafts";
import { StarsInput } from "./stars";
import { useSave } from "./use-reviews";

const LONGEST = 5000;
/** From here on it is said how much room is left. */
const NEARLY = 500;

const schema = z.object({
  stars: z.number().min(1, { error: () => t("reviews.starsMissing") }),
  text: z
    .string()
    .trim()
    .min(1, { error: () => t("reviews.textMissing") })
    .max(LONGEST, { error: () => t("reviews.textLong", { count: LONGEST }) }),
  spoiler: z.boolean(),
});

interface Props {
  titleId: string;
  mine: OwnReview | null;
  stars: number | null;
  onClose: () => void;
}

export function WriteDialog({ titleId, mine, stars, onClose }: Props) {
  const { t } = useTranslation();
  const { profileId } = useSession();
  const place = draftKey(profileId, titleId, mine);
  const save = useSave(titleId, mine?.id ?? null);
  const form = useForm({
    resolver: zodResolver(schema),
    // Its own order is that of registration, in which the stars come last.
    shouldFocusError: false,
    defaultValues: draftOf(place) ?? {
      stars: mine?.stars ?? stars ?? 0,
      text: mine?.text ?? "",
      spoiler: mine?.spoiler ?? false,
    },
  });
  const { errors, isDirty } = form.formState;
  // However it is left: by its button, by Escape, or by the way back.
  const sent = useRef(false);
  const unsent = useRef<() => void>(undefined);
  unsent.current = () => isDirty && !sent.current && keepDraft(place, form.getValues());
  useEffect(() => () => unsent.current?.(), []);
  const left = LONGEST - useWatch({ control: form.control, name: "text" }).trim().length;
  const send = form.handleSubmit(
    (review) => {
      sent.current = true;
      save.mutate(review, { onSuccess: onClose, onError: () => (sent.current = false) });
    },
    (missing) => form.setFocus(missing.stars ? "stars" : "text"),
  );
  const refused = save.error instanceof Problem ? save.error.field("text") : undefined;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t(mine ? "reviews.editTitle" : "reviews.writeTitle")}
      className="w-[min(38rem,calc(100vw-2rem))]"
    >
      <form noValidate className="flex flex-col gap-5" onSubmit={send} data-testid="review-form">
        {!refused && <FormError error={save.error} />}
        <Controller
          control={form.control}
          name="stars"
          render={({ field }) => (
            <StarsInput
              value={field.value}
              onChange={field.onChange}
              error={errors.stars?.message}
              first={field.ref}
            />
          )}
        />
        <TextArea
          label={t("reviews.text")}
          rows={7}
          hint={left <= NEARLY && left >= 0 ? t("reviews.textLeft", { count: left }) : undefined}
          error={errors.text?.message ?? refused}
          {...form.register("text")}
        />
        <label className="flex cursor-pointer items-start gap-3">
          <input type="checkbox" className="mt-1 size-4 accent-ruby" {...form.register("spoiler")} />
          <span>
            <span className="font-medium">{t("reviews.spoiler")}</span>
            <span className="block text-dust text-sm">{t("reviews.spoilerHint")}</span>
          </span>
        </label>
        <Button type="submit" busy={save.isPending} data-testid="publish-review">
          {t("reviews.submit")}
        </Button>
      </form>
    </Dialog>
  );
}
