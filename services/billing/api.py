"""HTTP in and out of billing."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request

from libs.chassis.data import idempotency
from libs.chassis.http import pagination
from libs.chassis.http.declared_problems import raises
from libs.chassis.http.rate_limits import Limiter
from libs.chassis.problems import NotFound
from libs.chassis.security import auth
from libs.chassis.security.revocations import AccountSuspended
from services.billing.clients.provider import TokenInvalid
from services.billing.clients.sandbox import CardExpired, CardNumberInvalid, Sandbox
from services.billing.models import Invoice, PaymentMethod, Plan
from services.billing.schemas import (
    METHOD,
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
from services.billing.service.charging import PaymentDeclined, PaymentInProgress, PaymentUnavailable, PaymentUndone
from services.billing.service.payment_methods import (
    Methods,
    PaymentMethodInUse,
    PaymentMethodNotFound,
    ProviderNotOffered,
)
from services.billing.service.subscriptions import (
    AlreadySubscribed,
    NoSubscription,
    NothingToPayWith,
    PlanNotFound,
    Subscriptions,
)
from services.billing.settings import Settings

router = APIRouter(prefix="/api/v1", tags=["Plans and payment"])


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
MethodId = Annotated[UUID, Path(description="One of my payment methods.", examples=[METHOD])]


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
    """List the plans."""
    return Plans(items=[_plan(plan) for plan in await subscriptions.plans()])


@router.post(
    "/billing/sandbox/tokens",
    status_code=201,
    dependencies=[auth.PUBLIC],
    responses=raises(CardNumberInvalid, CardExpired, SandboxOff),
)
async def create_sandbox_token(body: CardDetails, request: Request) -> CardToken:
    """Turn a test card into a token.

    What the sandbox provider's own form calls; there is no real money behind it. 4242 4242 4242 4242 pays,
    4000 0000 0000 0002 is declined, 4000 0000 0000 9995 has no money, 4000 0000 0000 0341 passes the check at sign-up and is
    declined at every charge.
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
    """List my cards, the default one first."""
    return PaymentMethods(items=[_method(method) for method in await methods.list(who)])


@router.post("/me/payment-methods", status_code=201, responses=raises(TokenInvalid, ProviderNotOffered))
async def add_payment_method(body: AddPaymentMethodBody, who: auth.Holder, methods: MethodCases) -> PaymentMethodBody:
    """Put a card on file.

    By the token that its provider's form gave. The same token again gives the same card.
    """
    return _method(await methods.add(who, body.provider, body.token, default=body.is_default))


@router.delete(
    "/me/payment-methods/{method_id}", status_code=204, responses=raises(PaymentMethodNotFound, PaymentMethodInUse)
)
async def remove_payment_method(method_id: MethodId, who: auth.Holder, methods: MethodCases) -> None:
    """Take a card off file.

    The one that the subscription goes on with stays.
    """
    await methods.remove(who, method_id)


@router.get("/me/subscription", responses=raises(NoSubscription))
async def get_subscription(who: auth.Holder, subscriptions: SubscriptionCases) -> SubscriptionBody:
    """Read my subscription.

    The last one once it has ended; 404 when there never was one.
    """
    return await subscriptions.current(who)


@router.post(
    "/me/subscription",
    status_code=201,
    responses=raises(
        PaymentDeclined,
        AlreadySubscribed,
        PlanNotFound,
        PaymentMethodNotFound,
        PaymentInProgress,
        PaymentUndone,
        PaymentUnavailable,
        AccountSuspended,
        idempotency.KeyMissing,
        idempotency.KeyReused,
    ),
)
async def subscribe(
    body: SubscribeBody, who: auth.Holder, subscriptions: SubscriptionCases, key: idempotency.Key = None
) -> SubscriptionBody:
    """Subscribe to a plan.

    It begins with the plan's trial for who never had one, else with a charge; the card is checked for a trial too. Needs an
    `Idempotency-Key`: whatever goes wrong on the way, the same key and body never charge twice. `payment_in_progress` and
    `payment_unavailable` may be repeated with the same key. `already_subscribed` carries `current_period_end` where the plan
    there is has been cancelled.
    """
    if key is None:
        raise idempotency.KeyMissing
    return await subscriptions.subscribe(who, body.plan_id, body.payment_method_id, key)


@router.delete("/me/subscription", responses=raises(NoSubscription))
async def cancel_subscription(who: auth.Holder, subscriptions: SubscriptionCases) -> SubscriptionBody:
    """Cancel my subscription at the end of its period.

    What is paid stays watchable until then.
    """
    return await subscriptions.cancel(who)


@router.post("/me/subscription/resume", responses=raises(NoSubscription, NothingToPayWith))
async def resume_subscription(who: auth.Holder, subscriptions: SubscriptionCases) -> SubscriptionBody:
    """Take a cancellation back while the period still runs."""
    return await subscriptions.resume(who)


@router.get("/me/invoices")
async def list_invoices(
    who: auth.Holder, subscriptions: SubscriptionCases, limit: pagination.Limit = 20, cursor: pagination.Cursor = None
) -> pagination.Page[InvoiceBody]:
    """List my receipts, newest first."""
    before: UUID | None = pagination.decode_cursor(cursor, UUID)[0] if cursor else None
    found = await subscriptions.invoices(who, limit + 1, before)
    following = pagination.encode_cursor(found[limit - 1].id) if len(found) > limit else None
    return pagination.Page(items=[_invoice(invoice) for invoice in found[:limit]], next_cursor=following)
