"""Gives the demo viewer a plan, by the public API, so that the first sign-in can watch at once."""

from __future__ import annotations

from typing import Any

import httpx

from demo.studio import Refused, StudioSettings

PLAN = "premium-month"
CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2049, "cvc": "123"}
# The same at every start: however often this runs, one subscription comes of it.
KEY = "demo-viewer-first-plan"


def subscribe(settings: StudioSettings, client: httpx.Client | None = None) -> bool:
    """Subscribe the viewer unless they ever had a plan; return whether that was done. Raises `Refused`."""
    if not settings.demo_email:
        return False
    with client or httpx.Client(base_url=settings.public_url, timeout=30) as http:

        def call(method: str, path: str, **options: Any) -> dict[str, Any]:
            answer = http.request(method, f"/api/v1{path}", **options)
            if answer.status_code >= 400:
                raise Refused(answer)
            body: dict[str, Any] = answer.json()
            return body

        signed_in = call("POST", "/auth/login", json={"email": settings.demo_email, "password": settings.demo_password})
        headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
        try:
            call("GET", "/me/subscription", headers=headers)
        except Refused as refused:
            if refused.status != 404:
                raise
        else:
            return False
        token = call("POST", "/billing/sandbox/tokens", json=CARD, headers=headers)["token"]
        method = call("POST", "/me/payment-methods", json={"provider": "sandbox", "token": token}, headers=headers)
        body = {"plan_id": PLAN, "payment_method_id": method["id"]}
        call("POST", "/me/subscription", json=body, headers={**headers, "Idempotency-Key": KEY})
    return True
