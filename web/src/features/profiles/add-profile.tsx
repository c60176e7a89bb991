// Adds a profile.
import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { keys, queries } from "@/app/query";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field } from "@/components/field";
import { FormError } from "@/components/notice";
import { addProfile } from "@/lib/api/identity";

const schema = z.object({
  name: z.string().trim().min(1, "Give the profile a name.").max(40, "40 letters at most."),
  kids: z.boolean(),
  pin: z.string().regex(/^(\d{4})?$/, "Four digits, or nothing."),
});

export function AddProfile({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { name: "", kids: false, pin: "" } });
  const { errors } = form.formState;
  const close = (next: boolean) => {
    if (!next) form.reset();
    onOpenChange(next);
  };
  const add = useMutation({
    mutationFn: ({ name, kids, pin }: z.infer<typeof schema>) =>
      addProfile({ name, kids, ...(kids ? { maturity: 7 } : {}), ...(pin ? { pin } : {}) }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.profiles });
      close(false);
    },
  });
  return (
    <Dialog
      open={open}
      onOpenChange={close}
      title="A new profile"
      description="Its own list, its own places in every film."
    >
      <form
        noValidate
        className="flex flex-col gap-5"
        onSubmit={form.handleSubmit((values) => add.mutate(values))}
      >
        <FormError error={add.error} />
        <Field
          label="Name"
          autoComplete="off"
          autoFocus
          error={errors.name?.message}
          {...form.register("name")}
        />
        <Field
          label="PIN (if you want one)"
          type="password"
          inputMode="numeric"
          autoComplete="off"
          maxLength={4}
          hint="Asked for whenever this profile is opened."
          error={errors.pin?.message}
          {...form.register("pin")}
        />
        <label className="flex cursor-pointer items-start gap-3">
          <input type="checkbox" className="mt-1 size-4 accent-ruby" {...form.register("kids")} />
          <span>
            <span className="font-medium">For children</span>
            <span className="block text-dust text-sm">Only films suited to the age of 7 and under.</span>
          </span>
        </label>
        <Button type="submit" busy={add.isPending} data-testid="save-profile">
          Add profile
        </Button>
      </form>
    </Dialog>
  );
}
