"""Passkeys, by an authenticator in software that signs as a real one does: added, used, and refused in every way it can lie."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from services.identity.service.base import PROVED_FOR
from services.identity.service.passkeys import party_of
from services.identity.settings import Settings
from tests.identity.conftest import Identity
from tests.identity.test_second_factors import confirmed, turned_on

ORIGIN = "http://localhost:8080"
USER, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One passkey on one device. `lies` replaces what it would say of itself."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: uuid4().bytes)
    count: int = 0
    user: bytes = b""

    def _client(self, kind: str, options: dict[str, Any], lies: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": ORIGIN, "crossOrigin": False}
        return json.dumps({**said, **lies.get("client", {})}).encode()

    def _data(self, rp_id: str, flags: int) -> bytes:
        self.count += 1
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def make(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """Answer a challenge to add a passkey."""
        self.user = unb64(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        data = self._data(lies.get("rp_id", options["rp"]["id"]), lies.get("flags", USER | VERIFIED | ATTESTED))
        data += bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": b64(self._client("webauthn.create", options, lies)),
            "attestationObject": b64(attestation),
        }
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response}

    def use(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """Answer a challenge to sign in."""
        client = self._client("webauthn.get", options, lies)
        data = self._data(lies.get("rp_id", options["rpId"]), lies.get("flags", USER | VERIFIED))
        key = lies.get("key", self.key)
        signature = key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature),
            "userHandle": b64(lies.get("user", self.user)),
        }  # fmt: skip
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response}


async def enrolled(identity: Identity, token: str, name: str = "Phone") -> tuple[Authenticator, str]:
    """A passkey of the account, and its id there."""
    begun = (await identity.call("POST", "/auth/passkeys/options", token)).json()
    device = Authenticator()
    body = {"challenge_id": begun["challenge_id"], "credential": device.make(begun["options"]), "name": name}
    made = await identity.call("POST", "/auth/passkeys", token, json=body)
    assert made.status_code == 201, made.text
    return device, made.json()["id"]


async def sign_in(identity: Identity, device: Authenticator, **lies: Any) -> Any:
    begun = (await identity.call("POST", "/auth/passkeys/sign-in/options")).json()
    body = {"challenge_id": begun["challenge_id"], "credential": device.use(begun["options"], **lies)}
    return await identity.call("POST", "/auth/passkeys/sign-in", json=body)


async def test_a_passkey_signs_in_without_a_password_or_a_code(identity: Identity) -> None:
    mine = await confirmed(identity)
    await turned_on(identity, mine["access_token"])
    device, _ = await enrolled(identity, mine["access_token"])
    answer = await sign_in(identity, device)
    assert answer.status_code == 200, answer.text
    assert answer.json()["account"]["email"] == mine["email"] and answer.headers["cache-control"] == "no-store"
    state = (await identity.call("GET", "/auth/mfa", answer.json()["access_token"])).json()
    assert state["passkeys"] == 1 and state["proved"] is True
    assert (await sign_in(identity, device)).status_code == 200, "again, with its count one higher"


async def test_several_are_named_renamed_and_removed(identity: Identity) -> None:
    mine = await confirmed(identity)
    token = mine["access_token"]
    phone, phone_id = await enrolled(identity, token, "Phone")
    key, _ = await enrolled(identity, token, "Key")
    await identity.call("PATCH", f"/me/passkeys/{phone_id}", token, json={"name": "Old phone"})
    items = (await identity.call("GET", "/me/passkeys", token)).json()["items"]
    assert [each["name"] for each in items] == ["Old phone", "Key"] and items[0]["last_used_at"] is None
    assert (await identity.call("DELETE", f"/me/passkeys/{phone_id}", token)).status_code == 204
    gone = await sign_in(identity, phone)
    assert (gone.status_code, gone.json()["code"]) == (401, "passkey_unknown")
    assert (await sign_in(identity, key)).status_code == 200
    kinds = [
        row["kind"] for row in await identity.rows("SELECT kind FROM mails WHERE kind LIKE 'passkey%' ORDER BY id")
    ]
    assert kinds == ["passkey-added", "passkey-added", "passkey-removed"]


@pytest.mark.parametrize(
    "lies",
    [
        {"client": {"origin": "http://evil.example"}},
        {"client": {"origin": "http://localhost:8080.evil.example"}},
        {"client": {"type": "webauthn.create"}},
        {"client": {"challenge": b64(b"another challenge")}},
        {"rp_id": "evil.example"},
        {"flags": VERIFIED},
        {"flags": USER},
        {"key": ec.generate_private_key(ec.SECP256R1())},
        {"user": b"somebody else"},
    ],
)
async def test_what_is_not_signed_as_it_was_asked_signs_nobody_in(identity: Identity, lies: dict[str, Any]) -> None:
    mine = await confirmed(identity)
    device, _ = await enrolled(identity, mine["access_token"])
    answer = await sign_in(identity, device, **lies)
    assert (answer.status_code, answer.json()["code"]) == (403, "passkey_refused")
    assert (await sign_in(identity, device)).status_code == 200


async def test_an_answer_is_good_once_for_its_purpose_and_its_time(identity: Identity) -> None:
    mine = await confirmed(identity)
    token = mine["access_token"]
    device, _ = await enrolled(identity, token)
    begun = (await identity.call("POST", "/auth/passkeys/sign-in/options")).json()
    body = {"challenge_id": begun["challenge_id"], "credential": device.use(begun["options"])}
    assert (await identity.call("POST", "/auth/passkeys/sign-in", json=body)).status_code == 200
    assert (await identity.call("POST", "/auth/passkeys/sign-in", json=body)).json()["code"] == "passkey_refused"
    stepping = (await identity.call("POST", "/auth/step-up/options", token)).json()
    moved = {"challenge_id": stepping["challenge_id"], "credential": device.use(stepping["options"])}
    assert (await identity.call("POST", "/auth/passkeys/sign-in", json=moved)).json()["code"] == "passkey_refused"
    late = (await identity.call("POST", "/auth/passkeys/sign-in/options")).json()
    identity.clock.advance(301)
    body = {"challenge_id": late["challenge_id"], "credential": device.use(late["options"])}
    assert (await identity.call("POST", "/auth/passkeys/sign-in", json=body)).json()["code"] == "passkey_refused"


async def test_a_copy_whose_count_went_back_is_refused(identity: Identity) -> None:
    mine = await confirmed(identity)
    device, _ = await enrolled(identity, mine["access_token"])
    for _ in range(3):
        assert (await sign_in(identity, device)).status_code == 200
    device.count = 1
    assert (await sign_in(identity, device)).json()["code"] == "passkey_refused"


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"rawId": "!"},
        {"rawId": 1},
        {"rawId": b64(b"x"), "response": []},
        {"id": "a" * 20_000},
        {"rawId": "AAAA", "response": {"userHandle": {}}},
    ],
)
async def test_what_is_no_answer_is_refused(identity: Identity, credential: dict[str, Any]) -> None:
    mine = await confirmed(identity)
    device, _ = await enrolled(identity, mine["access_token"])
    broken = {**device.use({"challenge": "AAAA", "rpId": "localhost"}), "response": {"clientDataJSON": 1}}
    for each in (credential, broken):
        begun = (await identity.call("POST", "/auth/passkeys/sign-in/options")).json()
        body = {"challenge_id": begun["challenge_id"], "credential": each}
        assert (await identity.call("POST", "/auth/passkeys/sign-in", json=body)).status_code in (401, 403, 422)
        adding = (await identity.call("POST", "/auth/passkeys/options", mine["access_token"])).json()
        body = {"challenge_id": adding["challenge_id"], "credential": each, "name": "x"}
        assert (await identity.call("POST", "/auth/passkeys", mine["access_token"], json=body)).status_code in (
            403,
            422,
        )


async def test_somebody_elses_passkey_is_not_found(identity: Identity) -> None:
    mine, other = await confirmed(identity), await confirmed(identity)
    device, place = await enrolled(identity, mine["access_token"])
    for method, more in (("PATCH", {"json": {"name": "x"}}), ("DELETE", {})):
        answer = await identity.call(method, f"/me/passkeys/{place}", other["access_token"], **more)
        assert (answer.status_code, answer.json()["code"]) == (404, "passkey_not_found")
    begun = (await identity.call("POST", "/auth/passkeys/options", mine["access_token"])).json()
    body = {"challenge_id": begun["challenge_id"], "credential": Authenticator().make(begun["options"]), "name": "x"}
    assert (await identity.call("POST", "/auth/passkeys", other["access_token"], json=body)).json()[
        "code"
    ] == "passkey_refused"
    again = (await identity.call("POST", "/auth/passkeys/options", other["access_token"])).json()
    body = {"challenge_id": again["challenge_id"], "credential": device.make(again["options"]), "name": "x"}
    assert (await identity.call("POST", "/auth/passkeys", other["access_token"], json=body)).json()[
        "code"
    ] == "passkey_known"
    stepping = (await identity.call("POST", "/auth/step-up/options", other["access_token"])).json()
    device.user = UUID(mine["account"]["id"]).bytes
    body = {"challenge_id": stepping["challenge_id"], "credential": device.use(stepping["options"])}
    assert (await identity.call("POST", "/auth/step-up", other["access_token"], json=body)).json()[
        "code"
    ] == "passkey_refused"


async def test_a_passkey_proves_its_owner_again(identity: Identity) -> None:
    mine = await confirmed(identity)
    device, place = await enrolled(identity, mine["access_token"])
    identity.clock.advance(PROVED_FOR + 1)
    token = (await identity.call("POST", "/auth/refresh", json={"refresh_token": mine["refresh_token"]})).json()[
        "access_token"
    ]
    assert (await identity.call("DELETE", f"/me/passkeys/{place}", token)).json()["code"] == "proof_needed"
    begun = (await identity.call("POST", "/auth/step-up/options", token)).json()
    body = {"challenge_id": begun["challenge_id"], "credential": device.use(begun["options"])}
    assert (await identity.call("POST", "/auth/step-up", token, json=body)).status_code == 204
    assert (await identity.call("DELETE", f"/me/passkeys/{place}", token)).status_code == 204


async def test_a_closed_or_suspended_account_is_not_opened_by_a_passkey(identity: Identity) -> None:
    mine = await confirmed(identity)
    device, _ = await enrolled(identity, mine["access_token"])
    for status, code in (("deleting", "account_closing"), ("suspended", "account_suspended")):
        await identity.rows("UPDATE accounts SET status = $1", status)
        assert (await sign_in(identity, device)).json()["code"] == code


async def test_there_is_an_end_to_them(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.identity.service.passkeys.MOST", 2)
    mine = await confirmed(identity)
    for _ in range(2):
        await enrolled(identity, mine["access_token"])
    answer = await identity.call("POST", "/auth/passkeys/options", mine["access_token"])
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_passkeys")


@pytest.mark.parametrize(
    ("url", "party", "origins"),
    [
        ("https://films.example", "films.example", ["https://films.example"]),
        ("https://films.example:8443/", "films.example", ["https://films.example:8443"]),
        ("http://127.0.0.1:8080", "localhost", ["http://localhost:8080"]),
        ("http://[::1]:8080", "localhost", ["http://localhost:8080"]),
        ("http://192.0.2.1:8080", "192.0.2.1", []),
    ],
)
def test_whom_passkeys_are_for(url: str, party: str, origins: list[str]) -> None:
    assert party_of(Settings(public_url=url)) == (party, origins)
