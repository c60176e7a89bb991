// Making an account.
import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { register as createAccount } from "@/shared/api/identity";
import { Problem } from "@/shared/api/problems";
import { Button } from "@/shared/ui/button";
import { EntryFrame } from "@/shared/ui/entry-frame";
import { Field } from "@/shared/ui/field";
import { FormError } from "@/shared/ui/notice";
import { PasswordField } from "./password";

const schema = z.object({
  name: z
    .string()
    .trim()
    .min(1, "What shall we call you?")
    .max(60, "That is a little long: 60 letters at most."),
  email: z.email("This does not look like an e-mail address."),
  password: z.string().min(8, "Use at least 8 characters."),
});

export function Register() {
  const navigate = useNavigate();
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { name: "", email: "", password: "" },
  });
  const { errors } = form.formState;
  const create = useMutation({
    mutationFn: createAccount,
    onSuccess: () => navigate({ to: "/plans", replace: true }),
    onError: (error) => {
      if (!(error instanceof Problem)) return;
      if (error.code === "email_taken") form.setFocus("email");
      if (error.code === "invalid_email")
        form.setError("email", { message: error.message }, { shouldFocus: true });
      if (error.code === "weak_password")
        form.setError("password", { message: error.message }, { shouldFocus: true });
      for (const field of ["name", "email", "password"] as const) {
        const message = error.field(field);
        if (message) form.setError(field, { message });
      }
    },
  });
  const said =
    create.error instanceof Problem &&
    (["weak_password", "invalid_email"].includes(create.error.code) ||
      create.error.body.errors !== undefined);
  return (
    <EntryFrame
      title="Take your seat"
      lead="Two minutes, and the film begins."
      aside={
        <Link to="/sign-in" className="font-medium text-sm hover:underline">
          Sign in
        </Link>
      }
    >
      <form
        noValidate
        className="flex flex-col gap-5"
        onSubmit={form.handleSubmit((values) => create.mutate(values))}
        data-testid="register-form"
      >
        {!said && (
          <FormError error={create.error}>
            {create.error instanceof Problem && create.error.code === "email_taken" && (
              <Link to="/sign-in" className="font-semibold underline underline-offset-4">
                Sign in instead
              </Link>
            )}
          </FormError>
        )}
        <Field
          label="Your name"
          autoComplete="name"
          error={errors.name?.message}
          {...form.register("name")}
        />
        <Field
          label="E-mail"
          type="email"
          inputMode="email"
          autoComplete="email"
          error={errors.email?.message}
          {...form.register("email")}
        />
        <PasswordField
          label="Password"
          autoComplete="new-password"
          hint="At least 8 characters. Three unrelated words work well."
          error={errors.password?.message}
          {...form.register("password")}
        />
        <Button
          type="submit"
          size="lg"
          busy={create.isPending}
          className="mt-2"
          data-testid="register-submit"
        >
          Create my account
        </Button>
      </form>
    </EntryFrame>
  );
}
