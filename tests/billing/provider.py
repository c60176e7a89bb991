"""The sandbox provider with somebody in the line: things happen around its answers, and some calls get none."""

from collections.abc import Awaitable, Callable

from services.billing.clients.provider import Outcome
from services.billing.clients.sandbox import Sandbox
from tests.billing.conftest import Billing


class Tapped(Sandbox):
    """The sandbox, with something that happens when it is asked for money: before it decides, and after.

    `away` names the calls that get no answer, `asked` all that were made.
    """

    def __init__(self, billing: Billing) -> None:
        core = billing.renewals._core
        super().__init__(core.db, core.clock)
        self.before: Callable[[], Awaitable[None]] | None = None
        self.after: Callable[[], Awaitable[None]] | None = None
        self.away: set[str] = set()
        self.asked: list[str] = []
        core.providers["sandbox"] = self  # type: ignore[index]

    def _call(self, name: str) -> None:
        self.asked.append(name)
        if name in self.away:
            raise ConnectionError(f"{name}: nobody answers")

    async def verify(self, reference: str) -> Outcome:
        self._call("verify")
        return await super().verify(reference)

    async def charge(self, key: str, reference: str, amount: int, currency: str) -> Outcome:
        self._call("charge")
        if self.before:
            await self.before()
        outcome = await super().charge(key, reference, amount, currency)
        if self.after:
            await self.after()
        return outcome

    async def detach(self, reference: str) -> None:
        self._call("detach")
        await super().detach(reference)

    async def refund(self, key: str) -> None:
        self._call("refund")
        await super().refund(key)
