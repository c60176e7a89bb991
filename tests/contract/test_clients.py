"""Clients that others generate from the published document, used as they come: a viewer's first steps through the gateway."""

import asyncio
import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from deploy.local.web import WEB, node_home
from tests.contract.test_openapi import Document

# What the generator of the Python client has no word for: a picture as a body, or as an answer.
NOT_GENERATED = ("/still", "/artwork/{kind}", "/portrait", "/report.svg")


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The Python client, generated as anyone would. Nothing is left out but what is named above."""
    place = tmp_path_factory.mktemp("generated")
    config = place / "config.yml"
    config.write_text("post_hooks: []\npackage_name_override: bijou_client\n")
    arguments = [
        "generate",
        "--path",
        str(WEB / "openapi.json"),
        "--output-path",
        str(place / "bijou_client"),
        "--meta",
        "none",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", *arguments, "--config", str(config)],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    complaints = [line for line in said.splitlines() if line.startswith("WARNING") or "Unable to" in line]
    assert [line for line in complaints if not any(path in line for path in NOT_GENERATED)] == [], said
    sys.path.insert(0, str(place))
    return importlib.import_module("bijou_client")


class Api:
    """Calls operations of the generated client by their module."""

    def __init__(self, package: ModuleType, url: str, token: str | None = None) -> None:
        self._name = package.__name__
        kinds = importlib.import_module(self._name)
        made = kinds.Client if token is None else kinds.AuthenticatedClient
        more = {} if token is None else {"token": token}
        self.client = made(base_url=url, raise_on_unexpected_status=True, **more)

    async def call(self, operation: str, **arguments: Any) -> Any:
        """`sign_in.login` and its arguments; the answer as the client parsed it."""
        module = importlib.import_module(f"{self._name}.api.{operation}")
        return await module.asyncio(client=self.client, **arguments)

    def model(self, kind: str, /, **fields: Any) -> Any:
        return getattr(importlib.import_module(f"{self._name}.models"), kind)(**fields)


def test_every_schema_has_its_class(generated: ModuleType, document: Document) -> None:
    models = importlib.import_module(f"{generated.__name__}.models")
    spelled = {name.lower() for name in models.__all__}
    objects = {
        schema["title"].replace("_", "").lower()
        for schema in document["components"]["schemas"].values()
        if schema.get("type") == "object"
    }

    assert objects - spelled == set()


@pytest.mark.slow
async def test_the_generated_python_client_takes_the_first_steps(generated: ModuleType, front_door: str) -> None:
    anyone = Api(generated, front_door)
    problem = importlib.import_module(f"{generated.__name__}.models").ProblemDetails
    email, password = "ada@example.com", "three quiet otters"

    signed_in = await anyone.call(
        "sign_in.register", body=anyone.model("RegisterBody", email=email, password=password, name="Ada")
    )
    mine = Api(generated, front_door, signed_in.access_token)
    me = await mine.call("account.get_me")
    assert (me.email, me.name) == (email, "Ada")

    plans = (await anyone.call("plans_and_payment.list_plans")).items
    card = anyone.model("CardDetails", number="4242424242424242", cvc="123", exp_month=12, exp_year=2099)
    token = (await anyone.call("plans_and_payment.create_sandbox_token", body=card)).token
    method = await mine.call(
        "plans_and_payment.add_payment_method", body=mine.model("AddPaymentMethodBody", provider="sandbox", token=token)
    )
    order = mine.model("SubscribeBody", plan_id=plans[0].id, payment_method_id=method.id)
    begun = await mine.call("plans_and_payment.subscribe", body=order, idempotency_key="a-key-of-my-own")
    assert begun.status == "trialing"
    assert (await mine.call("plans_and_payment.get_subscription")).current_period_end == begun.current_period_end
    again = await mine.call("plans_and_payment.subscribe", body=order, idempotency_key="another-key-of-mine")
    assert isinstance(again, problem) and again.code == "already_subscribed"

    profile = (await mine.call("profiles.list_profiles")).items[0]
    bound = await mine.call("profiles.select_profile", profile_id=profile.id)
    viewer = Api(generated, front_door, bound.access_token)
    assert (await viewer.call("browse.get_home")).rows == []
    assert (await viewer.call("browse.list_titles")).items == []
    missing = await viewer.call("browse.get_title", title_id=profile.id)
    while missing.code == "service_unavailable":  # busy a moment ago, and to be tried again
        await asyncio.sleep(missing.additional_properties.get("retry_after", 0.5))
        missing = await viewer.call("browse.get_title", title_id=profile.id)
    assert isinstance(missing, problem) and missing.code == "title_not_found"
    refused = await anyone.call("sign_in.login", body=anyone.model("LoginBody", email=email, password="wrong"))
    assert isinstance(refused, problem) and (refused.status, refused.code) == (401, "bad_credentials")


@pytest.mark.slow
async def test_the_generated_typescript_client_takes_the_first_steps(front_door: str) -> None:
    node = str(node_home() / "bin" / "node")
    process = await asyncio.create_subprocess_exec(
        node, str(Path("contract") / "journey.ts"), front_door, "grace@example.com",
        cwd=WEB, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, errors = await asyncio.wait_for(process.communicate(), 60)

    assert process.returncode == 0, errors.decode()
    assert json.loads(out) == {
        "status": "trialing", "profile": "Grace", "rows": 0, "missing": "title_not_found", "refused": "bad_credentials",
    }  # fmt: skip
