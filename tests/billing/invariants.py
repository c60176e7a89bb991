"""What is true of money and entitlements at every moment, whatever happened."""

from datetime import timedelta
from typing import Any

from libs.contracts.billing import EntitlementChanged
from tests.billing.conftest import Billing, Viewer

STREAMS = {"basic": 1, "standard": 2, "premium": 4}

CHARGES = """
SELECT c.amount, c.refunded_at, a.state, a.amount AS intended, i.amount AS invoiced FROM sandbox_charges c
JOIN charge_attempts a ON a.id::text = c.idempotency_key LEFT JOIN invoices i ON i.charge = c.idempotency_key
WHERE c.status = 'paid'
"""
NEVER = {
    "a transaction that does not balance":
        "SELECT FROM ledger_entries GROUP BY transaction_id, currency HAVING sum(amount) <> 0",
    "an invoice that is not what was booked": """
        SELECT FROM invoices i LEFT JOIN ledger_entries l ON l.invoice_id = i.id AND l.ledger_account = 'cash:sandbox'
        GROUP BY i.id HAVING i.amount <> coalesce(sum(l.amount), 0)""",
    "an invoice that others were not told of once, as it is": """
        SELECT FROM invoices i LEFT JOIN outbox o ON o.topic = 'billing.charges' AND o.payload ->> 'invoice_id' = i.id::text
        GROUP BY i.id HAVING count(o.id) <> 1 OR i.amount <> min((o.payload ->> 'amount')::int)""",
    "a time paid for twice": """
        SELECT FROM invoices a JOIN invoices b ON b.account_id = a.account_id AND b.id > a.id
        AND b.period_start < a.period_end AND a.period_start < b.period_end""",
    "two subscriptions alive":
        "SELECT FROM subscriptions WHERE status <> 'canceled' GROUP BY account_id HAVING count(*) > 1",
    "cards of which not one is the default": """
        SELECT FROM payment_methods WHERE removed_at IS NULL GROUP BY account_id
        HAVING count(*) FILTER (WHERE is_default) <> 1""",
}  # fmt: skip
UNDER_WAY = {"a charge under way": "SELECT FROM charge_attempts WHERE state IN ('pending', 'undoing')"}


async def check_money(billing: Billing, *, settled: bool) -> None:
    """Every cent taken is invoiced once, on its way back, or given back; `settled` when nothing may be under way any more."""
    for charge in await billing.rows(CHARGES):
        assert charge["amount"] == charge["intended"] > 0, charge
        if charge["refunded_at"] is not None:
            assert charge["invoiced"] is None, f"given back and invoiced: {charge}"
        elif charge["invoiced"] is None:
            assert not settled and charge["state"] in ("pending", "undoing"), f"taken for nothing: {charge}"
        else:
            assert (charge["invoiced"], charge["state"]) == (charge["amount"], "paid"), charge
    never = NEVER | UNDER_WAY if settled else NEVER
    found = " UNION ALL ".join(f"SELECT '{name}' AS name WHERE EXISTS ({query})" for name, query in never.items())
    assert [row["name"] for row in await billing.rows(found)] == []
    if settled:
        await billing.check_books()


async def check_told(viewer: Viewer) -> list[EntitlementChanged]:
    """The newest entitlement says what the subscription is, and none is missing in between; return them."""
    told = await viewer.entitlements()
    assert [event.version for event in told] == list(range(1, len(told) + 1))
    rows = await viewer.billing.rows(
        "SELECT * FROM subscriptions WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1", viewer.id
    )
    assert bool(rows) is bool(told)
    if rows:
        assert _facts(told[-1]) == _expected(rows[0])
    return told


def _facts(event: EntitlementChanged) -> tuple[Any, ...]:
    return event.plan_id, event.status, event.max_streams, event.valid_until


def _expected(row: dict[str, Any]) -> tuple[Any, ...]:
    if row["status"] == "canceled":
        return row["plan_id"], "canceled", 0, row["ended_at"]
    grace = timedelta(0) if row["cancel_at_period_end"] else timedelta(days=3)
    streams = STREAMS[row["plan_id"].partition("-")[0]]
    return row["plan_id"], row["status"], streams, row["current_period_end"] + grace
