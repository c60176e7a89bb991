"""Payment methods: put on file, listed, removed."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.ids import new_id
from libs.chassis.problems import Conflict, NotFound
from libs.contracts.token import Principal
from services.billing import repository
from services.billing.clients.provider import TokenInvalid
from services.billing.models import PaymentMethod
from services.billing.service.base import Core


class ProviderNotOffered(NotFound):
    """This way of paying is not offered here. Please choose another one."""

    code = "payment_provider_not_offered"


class PaymentMethodNotFound(NotFound):
    """There is no such payment method on your account."""

    code = "payment_method_not_found"


class PaymentMethodInUse(Conflict):
    """Your subscription is paid with this card. Add another one first, or cancel the subscription."""

    code = "payment_method_in_use"


class Methods:
    """Use cases around payment methods."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def list(self, who: Principal) -> list[PaymentMethod]:
        """Return the methods on file, the default one first."""
        async with self._core.db.transaction() as session:
            return list(await repository.methods(session, who.account_id))

    async def add(self, who: Principal, provider_name: str, token: str, *, default: bool) -> PaymentMethod:
        """Put a card on file. The same token again gives the same method; somebody else's token is no token."""
        provider = self._core.providers.get(provider_name)
        if provider is None:
            raise ProviderNotOffered
        card = await provider.card(token)
        async with self._core.db.transaction() as session:
            await repository.lock_customer(session, who.account_id)
            known = await repository.method_by_reference(session, provider_name, card.reference)
            if known is None:
                new = PaymentMethod(
                    id=new_id(),
                    account_id=who.account_id,
                    provider=provider_name,
                    reference=card.reference,
                    brand=card.brand,
                    last4=card.last4,
                    exp_month=card.exp_month,
                    exp_year=card.exp_year,
                    is_default=False,
                    created_at=self._core.clock.now(),
                    removed_at=None,
                )
                await repository.add_method(session, new)
                known = await repository.method_by_reference(session, provider_name, card.reference)
            if known is None or known.account_id != who.account_id or known.removed_at is not None:
                raise TokenInvalid
            others = await repository.methods(session, who.account_id)
            if default or not any(method.is_default for method in others):
                await repository.clear_default_method(session, who.account_id)
                known.is_default = True
                await self._retry_soon(session, who.account_id)
            return known

    async def _retry_soon(self, session: AsyncSession, account_id: UUID) -> None:
        # A card that replaces one that failed is tried at once, not only when the next attempt was due.
        subscription = await repository.live_subscription(session, account_id)
        if subscription is not None and subscription.status == "past_due":
            subscription.due_from(self._core.clock.now())

    async def remove(self, who: Principal, method_id: UUID) -> None:
        """Take a card off file. The one a subscription goes on with stays; else the newest other becomes the default."""
        async with self._core.db.transaction() as session:
            await repository.lock_customer(session, who.account_id)
            method = await repository.method(session, who.account_id, method_id)
            if method is None:
                raise PaymentMethodNotFound
            subscription = await repository.live_subscription(session, who.account_id)
            if method.is_default and subscription is not None and not subscription.cancel_at_period_end:
                raise PaymentMethodInUse
            was_default, method.is_default = method.is_default, False
            method.removed_at = self._core.clock.now()
            await session.flush()
            others = await repository.methods(session, who.account_id)
            if was_default and others:
                others[0].is_default = True
