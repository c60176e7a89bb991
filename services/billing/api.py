"""HTTP in and out of billing."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from libs.chassis import auth, idempotency, pages
from libs.chassis.limits import Limiter
from libs.chassis.problems import NotFound
from services.billing.clients.sandbox import Sandbox
from services.billing.models import Invoice, PaymentMethod, Plan
from services.billing.schemas import (
    AddPaymentMethodBody,
    CardDetails,
    CardToken,
    InvoiceBody,
    Money,
    PaymentMethodBody,
    PaymentMethods,
    PlanBody,
    Plans,
    SubscribeBody,
    SubscriptionBody,
)
from services.billing.service.methods import Methods
from services.billing.service.subscriptions import Subscriptions
from services.billing.settings import Settings

router = APIRouter(prefix="/api/v1", tags=["billing"])


class SandboxOff(NotFound):
    """The sandbox for test cards is switched off here."""

    code = "sandbox_off"


def _subscriptions(request: Request) -> Subscriptions:
    found: Subscriptions = request.app.state.subscriptions
    return found


def _methods(request: Request) -> Methods:
    found: Methods = request.app.state.methods
    return found


SubscriptionCases = Annotated[Subscriptions, Depends(_subscriptions)]
MethodCases = Annotated[Methods, Depends(_methods)]


def _plan(plan: Plan) -> PlanBody:
    return PlanBody.model_validate(
        {
            "id": plan.id,
            "name": plan.name,
            "interval": plan.interval,
            "price": Money(amount=plan.amount, currency=plan.currency),
            "max_streams": plan.max_streams,
            "max_height": plan.max_height,
            "downloads": plan.downloads,
            "ads": plan.ads,
            "trial_days": plan.trial_days,
        }
    )


def _method(method: PaymentMethod) -> PaymentMethodBody:
    return PaymentMethodBody.model_validate(method, from_attributes=True)


def _invoice(invoice: Invoice) -> InvoiceBody:
    return InvoiceBody(
        id=invoice.id,
        number=f"BJ-{invoice.number:08d}",
        plan_id=invoice.plan_id,
        description=invoice.description,
        amount=Money(amount=invoice.amount, currency=invoice.currency),
        status="paid",
        period_start=invoice.period_start,
        period_end=invoice.period_end,
        paid_at=invoice.paid_at,
    )


@router.get("/plans", dependencies=[auth.PUBLIC])
async def list_plans(subscriptions: SubscriptionCases) -> Plans:
    """The price list."""
    return Plans(items=[_plan(plan) for plan in await subscriptions.plans()])


@router.post("/billing/sandbox/tokens", status_code=201, dependencies=[auth.PUBLIC])
async def create_sandbox_token(body: CardDetails, request: Request) -> CardToken:
    """What the sandbox provider's own form calls: card details in, a token out.

    4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined, 4000 0000 0000 9995 has no money, 4000 0000 0000 0341
    passes the check at sign-up and is declined at every charge. 422 `card_number_invalid` or `card_expired`.
    """
    settings: Settings = request.app.state.settings
    sandbox: Sandbox | None = request.app.state.sandbox
    if sandbox is None:
        raise SandboxOff
    limiter: Limiter = request.app.state.limiter
    # Set by the edge, which drops what a client sends under this name.
    address = request.headers.get("x-real-ip") or (request.client.host if request.client else "")
    await limiter.hit("billing.sandbox", address, settings.sandbox_tokens_per_address, settings.throttle_window)
    return CardToken(token=await sandbox.tokenize(body.number.get_secret_value(), body.exp_month, body.exp_year))


@router.get("/me/payment-methods")
async def list_payment_methods(who: auth.Holder, methods: MethodCases) -> PaymentMethods:
    """The cards on file, the default one first."""
    return PaymentMethods(items=[_method(method) for method in await methods.list(who)])


@router.post("/me/payment-methods", status_code=201)
async def add_payment_method(body: AddPaymentMethodBody, who: auth.Holder, methods: MethodCases) -> PaymentMethodBody:
    """Put a card on file by the token its provider gave. 422 `payment_token_invalid`."""
    return _method(await methods.add(who, body.provider, body.token, default=body.is_default))


@router.delete("/me/payment-methods/{method_id}", status_code=204)
async def remove_payment_method(method_id: UUID, who: auth.Holder, methods: MethodCases) -> None:
    """Take a card off file. 409 `payment_method_in_use` for the one the subscription goes on with."""
    await methods.remove(who, method_id)


@router.get("/me/subscription")
async def get_subscription(who: auth.Holder, subscriptions: SubscriptionCases) -> SubscriptionBody:
    """The account's subscription, or the last one once it has ended. 404 `no_subscription` when there never was one."""
    return await subscriptions.current(who)


@router.post("/me/subscription", status_code=201)
async def subscribe(
    body: SubscribeBody, who: auth.Holder, subscriptions: SubscriptionCases, key: idempotency.Key = None
) -> SubscriptionBody:
    """Begin a subscription: with the plan's trial for who never had one, else with a charge. Needs `Idempotency-Key`.

    402 `payment_declined` (the card is checked for a trial too), 409 `already_subscribed`, 404 `plan_not_found` or
    `payment_method_not_found`, 400 `idempotency_key_missing`, 422 `idempotency_key_reused`; 409 `payment_in_progress` and
    503 `payment_unavailable` may be repeated with the same key.
    """
    if key is None:
        raise idempotency.KeyMissing
    return await subscriptions.subscribe(who, body.plan_id, body.payment_method_id, key)


@router.delete("/me/subscription")
async def cancel_subscription(who: auth.Holder, subscriptions: SubscriptionCases) -> SubscriptionBody:
    """Cancel at the end of the period, which stays watchable. 404 `no_subscription`."""
    return await subscriptions.cancel(who)


@router.post("/me/subscription/resume")
async def resume_subscription(who: auth.Holder, subscriptions: SubscriptionCases) -> SubscriptionBody:
    """Take a cancellation back while the period still runs. 404 `no_subscription`, 409 `payment_method_missing`."""
    return await subscriptions.resume(who)


@router.get("/me/invoices")
async def list_invoices(
    who: auth.Holder, subscriptions: SubscriptionCases, limit: pages.Limit = 20, cursor: pages.Cursor = None
) -> pages.Page[InvoiceBody]:
    """The account's receipts, newest first."""
    before: UUID | None = pages.decode_cursor(cursor, UUID)[0] if cursor else None
    found = await subscriptions.invoices(who, limit + 1, before)
    following = pages.encode_cursor(found[limit - 1].id) if len(found) > limit else None
    return pages.Page(items=[_invoice(invoice) for invoice in found[:limit]], next_cursor=following)
