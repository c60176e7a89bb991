// Paying for the chosen plan with a card of the sandbox.

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { ChevronLeft, Lock } from "lucide-react";
import { useRef } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { z } from "zod";
import { addCard, plans as loadPlans, subscribe } from "@/shared/api/billing";
import { Problem } from "@/shared/api/problems";
import { keys, queries } from "@/shared/api/queries";
import type { Plan, Subscription } from "@/shared/api/shapes";
import { priceByInterval, priceLabel } from "@/shared/billing/price";
import { day } from "@/shared/i18n/format";
import { attemptKey } from "@/shared/lib/attempt-key";
import { entrance } from "@/shared/session/entrance";
import { Button } from "@/shared/ui/button";
import { EntryFrame } from "@/shared/ui/entry-frame";
import { Field } from "@/shared/ui/field";
import { FormError, LoadFailed } from "@/shared/ui/notice";
import { cardSchema, expiryMask, groupDigits, parseExpiry } from "./card";
import { plainName } from "./offer";

const schema = cardSchema(() => new Date());
/** Test cards of the sandbox: one that pays, and one that is declined. */
const GOOD_CARD = "4242 4242 4242 4242";
const BAD_CARD = "4000 0000 0000 0002";

type CardForm = z.infer<typeof schema>;

export function CheckoutScreen() {
  const { t } = useTranslation();
  const { planId } = useParams({ from: "/members/plans/$planId" });
  const { data, error, refetch } = useQuery({ queryKey: keys.plans, queryFn: loadPlans });
  const plan = data?.find(({ id }) => id === planId);
  if (error) return <LoadFailed error={error} onRetry={() => void refetch()} className="min-h-dvh" />;
  return (
    <EntryFrame
      title={
        plan
          ? t("plans.with", { plan: plainName(plan), price: priceByInterval(plan) })
          : data
            ? t("plans.gone")
            : t("plans.oneMoment")
      }
      lead={plan && <Terms plan={plan} />}
      aside={
        <Link to="/plans" className="flex items-center gap-1 font-medium text-dust text-sm hover:text-ivory">
          <ChevronLeft className="size-4 rtl:-scale-x-100" aria-hidden="true" /> {t("plans.other")}
        </Link>
      }
    >
      {plan ? (
        <CardPayment plan={plan} />
      ) : data ? (
        <Button asChild>
          <Link to="/plans">{t("common.seePlans")}</Link>
        </Button>
      ) : (
        <div className="skeleton h-72 rounded-panel" />
      )}
    </EntryFrame>
  );
}

function Terms({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  if (plan.trial_days === 0) return t("plans.paidToday");
  const ends = new Date(Date.now() + plan.trial_days * 86_400_000).toISOString();
  return t("plans.trialTerms", { day: day(ends) });
}

function CardPayment({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const form = useForm<CardForm>({
    resolver: zodResolver(schema),
    defaultValues: { number: "", expiry: "", cvc: "" },
  });
  const { errors } = form.formState;
  // One attempt per card tried: a repeated click or a lost answer cannot charge twice.
  const attempt = useRef<{ key: string; card: string; method?: string }>({ key: "", card: "" });
  const pay = useMutation({
    mutationFn: async (values: CardForm): Promise<Subscription> => {
      const card = `${plan.id} ${values.number} ${values.expiry} ${values.cvc}`;
      if (attempt.current.card !== card) attempt.current = { key: attemptKey(), card };
      const expiry = parseExpiry(values.expiry);
      attempt.current.method ??= (
        await addCard({
          number: values.number.replace(/\D/g, ""),
          exp_month: expiry?.month ?? 0,
          exp_year: expiry?.year ?? 0,
          cvc: values.cvc,
        })
      ).id;
      return subscribe({ plan_id: plan.id, payment_method_id: attempt.current.method }, attempt.current.key);
    },
    onSuccess: async (made) => {
      queries.setQueryData(keys.subscription, made);
      await navigate({ to: entrance(), replace: true });
    },
    onError: (error) => {
      // A final refusal: the same card may be tried again as a new attempt.
      if (error instanceof Problem && error.status !== 0 && error.status < 500)
        attempt.current = { key: "", card: "" };
      if (error instanceof Problem && error.code === "already_subscribed")
        void navigate({ to: entrance(), replace: true });
    },
  });
  return (
    <form
      noValidate
      className="flex flex-col gap-5"
      data-testid="checkout-form"
      onSubmit={form.handleSubmit((values) => pay.mutate(values))}
    >
      <FormError error={pay.error}>
        {pay.error instanceof Problem && pay.error.status === 402 && (
          <button
            type="button"
            className="w-fit font-semibold underline underline-offset-4"
            onClick={() => {
              pay.reset();
              form.reset();
              form.setFocus("number");
            }}
          >
            {t("plans.anotherCard")}
          </button>
        )}
      </FormError>
      <Field
        label={t("plans.cardNumber")}
        inputMode="numeric"
        autoComplete="cc-number"
        placeholder={GOOD_CARD}
        error={errors.number?.message}
        {...form.register("number", {
          onChange: (event) => form.setValue("number", groupDigits(event.target.value)),
        })}
      />
      <div className="grid grid-cols-2 gap-4">
        <Expiry form={form} error={errors.expiry?.message} />
        <Field
          label={t("plans.cardCode")}
          inputMode="numeric"
          autoComplete="cc-csc"
          placeholder="123"
          maxLength={4}
          error={errors.cvc?.message}
          {...form.register("cvc")}
        />
      </div>
      <Button type="submit" size="lg" busy={pay.isPending} data-testid="pay">
        <Lock className="size-4" aria-hidden="true" />
        {plan.trial_days > 0 ? t("plans.startWatching") : t("plans.pay", { price: priceLabel(plan) })}
      </Button>
      <p className="rounded-card bg-velvet p-3.5 text-dust text-sm ring-1 ring-seam">
        {t("plans.sandbox", { good: unbroken(GOOD_CARD), bad: unbroken(BAD_CARD) })}
      </p>
    </form>
  );
}

function unbroken(number: string): string {
  return number.replaceAll(" ", "\u00a0");
}

function Expiry({ form, error }: { form: ReturnType<typeof useForm<CardForm>>; error?: string }) {
  const { t } = useTranslation();
  const before = useRef("");
  const { onChange, ...field } = form.register("expiry");
  return (
    <Field
      label={t("plans.cardExpires")}
      inputMode="numeric"
      autoComplete="cc-exp"
      placeholder={t("plans.cardExpiresForm")}
      maxLength={9}
      error={error}
      {...field}
      onChange={(event) => {
        event.target.value = expiryMask(event.target.value, before.current);
        before.current = event.target.value;
        void onChange(event);
      }}
    />
  );
}
