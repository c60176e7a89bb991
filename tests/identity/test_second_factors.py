"""A second factor: on by a code, asked for after the password, good once, spared to trusted devices, and never the last word."""

import asyncio
from email.message import EmailMessage
from typing import Any

import pyotp
import pytest

from services.identity.service.base import PROVED_FOR
from services.identity.service.mails import Postman
from tests.identity.conftest import PASSWORD, Identity, Start
from tests.identity.test_mails import core_of
from tests.identity.test_recovery import token_in

NEW = "nine violet harbours"


async def confirmed(identity: Identity, **about: Any) -> dict[str, Any]:
    """Somebody whose address is confirmed, with the access token of a sign-in that has just proved itself."""
    made = await identity.register(**about)
    await identity.rows("UPDATE accounts SET email_verified = true WHERE id = $1", made["account"]["id"])
    return made


def code_of(identity: Identity, secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(identity.clock.now().timestamp()) + 30 * steps)


async def turned_on(identity: Identity, token: str) -> tuple[str, list[str]]:
    """The app's secret and the recovery codes; the clock goes on, so that its next code is fresh."""
    begun = await identity.call("POST", "/auth/mfa/totp", token)
    assert begun.status_code == 200, begun.text
    secret = begun.json()["secret"]
    on = await identity.call("POST", "/auth/mfa/totp/confirm", token, json={"code": code_of(identity, secret)})
    assert on.status_code == 200, on.text
    identity.clock.advance(60)
    return secret, on.json()["codes"]


async def login(identity: Identity, email: str, password: str = PASSWORD, **more: Any) -> Any:
    return await identity.call("POST", "/auth/login", json={"email": email, "password": password, **more})


async def test_a_sign_in_takes_the_password_and_then_a_code(identity: Identity) -> None:
    mine = await confirmed(identity)
    secret, codes = await turned_on(identity, mine["access_token"])
    assert len(set(codes)) == 10
    first = await login(identity, mine["email"])
    assert (first.status_code, first.json()["code"]) == (403, "second_factor_needed")
    assert first.json()["methods"] == ["totp", "recovery_code"] and "access_token" not in first.text
    wrong = await login(identity, mine["email"], code="000000")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_code")
    guess = await login(identity, mine["email"], "guess", code=code_of(identity, secret))
    assert (guess.status_code, guess.json()["code"]) == (401, "bad_credentials"), (
        "nor is it said that there is a factor"
    )
    assert (await login(identity, mine["email"], code=code_of(identity, secret))).status_code == 200
    state = (await identity.call("GET", "/auth/mfa", mine["access_token"])).json()
    assert state == {"totp": True, "recovery_codes": 10, "passkeys": 0, "proved": True}


async def test_a_code_is_good_once_and_none_before_it_either(identity: Identity) -> None:
    mine = await confirmed(identity)
    secret, _ = await turned_on(identity, mine["access_token"])
    now, next_one, before = (code_of(identity, secret, step) for step in (0, 1, -1))
    assert (await login(identity, mine["email"], code=now)).status_code == 200
    for replayed in (now, before):
        assert (await login(identity, mine["email"], code=replayed)).json()["code"] == "wrong_code"
    assert (await login(identity, mine["email"], code=next_one)).status_code == 200, "a clock may be half a minute off"
    identity.clock.advance(120)
    assert (await login(identity, mine["email"], code=next_one)).json()["code"] == "wrong_code"


async def test_of_ten_at_once_with_one_code_one_gets_in(start: Start) -> None:
    identity = await start(pins_per_profile=100)
    mine = await confirmed(identity)
    secret, recovery = await turned_on(identity, mine["access_token"])
    for code in (code_of(identity, secret), recovery[0]):
        answers = await asyncio.gather(*(login(identity, mine["email"], code=code) for _ in range(10)))
        assert sorted(answer.status_code for answer in answers) == [200] + [403] * 9


async def test_a_recovery_code_is_good_once_however_it_is_typed_and_is_stored_as_a_keyed_hash(
    identity: Identity,
) -> None:
    mine = await confirmed(identity)
    _, codes = await turned_on(identity, mine["access_token"])
    stored = str(await identity.rows("SELECT * FROM recovery_codes")) + str(await identity.rows("SELECT * FROM totps"))
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)
    typed = codes[0].lower().replace("-", " ")
    assert (await login(identity, mine["email"], code=typed)).status_code == 200
    assert (await login(identity, mine["email"], code=codes[0])).json()["code"] == "wrong_code"
    other = await confirmed(identity)
    _, theirs = await turned_on(identity, other["access_token"])
    assert (await login(identity, mine["email"], code=theirs[0])).json()["code"] == "wrong_code"
    renewed = (await identity.call("POST", "/auth/mfa/recovery-codes", mine["access_token"])).json()["codes"]
    assert (await login(identity, mine["email"], code=codes[1])).json()["code"] == "wrong_code"
    assert (await login(identity, mine["email"], code=renewed[0])).status_code == 200


async def test_the_secret_is_stored_sealed_and_opens_in_no_other_row(identity: Identity) -> None:
    mine, other = await confirmed(identity), await confirmed(identity)
    secret, _ = await turned_on(identity, mine["access_token"])
    await turned_on(identity, other["access_token"])
    rows = await identity.rows("SELECT account_id, secret FROM totps")
    assert all(secret.encode() not in row["secret"] for row in rows)
    moved = next(row["secret"] for row in rows if str(row["account_id"]) == mine["account"]["id"])
    await identity.rows("UPDATE totps SET secret = $1 WHERE account_id = $2", moved, other["account"]["id"])
    assert (await login(identity, other["email"], code=code_of(identity, secret))).json()["code"] == "wrong_code"


async def test_a_trusted_device_is_spared_the_code_for_thirty_days_and_proves_itself_by_its_secret(
    identity: Identity,
) -> None:
    mine = await confirmed(identity)
    secret, _ = await turned_on(identity, mine["access_token"])
    trusted = (await login(identity, mine["email"], code=code_of(identity, secret), trust=True)).json()
    device = {"id": trusted["device_id"], "secret": trusted["device_secret"]}
    identity.clock.advance(PROVED_FOR + 1)
    spared = await login(identity, mine["email"], device=device)
    assert spared.status_code == 200
    begun = await identity.call("POST", "/auth/mfa/recovery-codes", spared.json()["access_token"])
    assert (begun.status_code, begun.json()["code"]) == (403, "proof_needed"), "what it was spared is asked for now"
    for pretended in ({"id": device["id"]}, {"id": device["id"], "secret": "guess"}):
        assert (await login(identity, mine["email"], device=pretended)).json()["code"] == "second_factor_needed"
    device["secret"] = spared.json()["device_secret"]
    identity.clock.advance(30 * 24 * 3600)
    assert (await login(identity, mine["email"], device=device)).json()["code"] == "second_factor_needed"


async def test_trust_ends_with_a_word_of_the_holder_and_with_a_password_set_by_mail(identity: Identity) -> None:
    mine = await confirmed(identity)
    secret, _ = await turned_on(identity, mine["access_token"])
    trusted = (await login(identity, mine["email"], code=code_of(identity, secret), trust=True)).json()
    device = {"id": trusted["device_id"], "secret": trusted["device_secret"]}
    await identity.call("PATCH", f"/me/devices/{device['id']}", mine["access_token"], json={"trusted": False})
    assert (await login(identity, mine["email"], device=device)).json()["code"] == "second_factor_needed"
    await identity.call("PATCH", f"/me/devices/{device['id']}", mine["access_token"], json={"trusted": True})
    assert (await login(identity, mine["email"], device=device)).json()["code"] == "second_factor_needed"


@pytest.mark.parametrize("by", ["another app", "another password", "a sign-out"])
async def test_trust_does_not_outlast_what_it_was_given_for(identity: Identity, by: str) -> None:
    mine = await confirmed(identity)
    secret, _ = await turned_on(identity, mine["access_token"])
    lost = (await login(identity, mine["email"], code=code_of(identity, secret), trust=True)).json()
    device = {"id": lost["device_id"], "secret": lost["device_secret"]}
    token, password = mine["access_token"], PASSWORD
    if by == "another app":
        assert (await identity.call("DELETE", "/auth/mfa/totp", token)).status_code == 204
        await turned_on(identity, token)
    elif by == "another password":
        change = {"current_password": PASSWORD, "new_password": NEW}
        assert (await identity.call("POST", "/me/password", token, json=change)).status_code == 204
        password = NEW
    else:
        [lost_id] = [
            each["id"]
            for each in (await identity.call("GET", "/me/sessions", token)).json()["items"]
            if not each["current"]
        ]
        assert (await identity.call("DELETE", f"/me/sessions/{lost_id}", token)).status_code == 204
    answer = await login(identity, mine["email"], password, device=device)
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_needed")


async def test_codes_are_not_guessed(start: Start) -> None:
    identity = await start(pins_per_profile=5)
    mine = await confirmed(identity)
    secret, _ = await turned_on(identity, mine["access_token"])
    codes = [(await login(identity, mine["email"], code=f"{n:06}")).status_code for n in range(9)]
    assert codes[:4] == [403] * 4 and codes[-1] == 429
    assert (await login(identity, mine["email"], code=code_of(identity, secret))).status_code == 429
    assert (await login(identity, mine["email"])).json()["code"] == "second_factor_needed"


async def test_without_a_confirmed_address_or_a_proof_nothing_is_added(identity: Identity) -> None:
    mine = await identity.register()
    for path in ("/auth/mfa/totp", "/auth/passkeys/options"):
        assert (await identity.call("POST", path, mine["access_token"])).json()["code"] == "email_unverified"
    await identity.rows("UPDATE accounts SET email_verified = true")
    identity.clock.advance(PROVED_FOR + 1)
    refreshed = await identity.call("POST", "/auth/refresh", json={"refresh_token": mine["refresh_token"]})
    token = refreshed.json()["access_token"]
    for method, path in (("POST", "/auth/mfa/totp"), ("POST", "/auth/passkeys/options"), ("DELETE", "/auth/mfa/totp")):
        assert (await identity.call(method, path, token)).json()["code"] == "proof_needed", path
    wrong = await identity.call("POST", "/auth/step-up", token, json={"password": "guess"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_password")
    assert (await identity.call("POST", "/auth/step-up", token, json={})).status_code == 422
    assert (await identity.call("POST", "/auth/step-up", token, json={"password": PASSWORD})).status_code == 204
    assert (await identity.call("POST", "/auth/mfa/totp", token)).status_code == 200
    other = (await login(identity, mine["email"])).json()["access_token"]
    assert other != token


async def test_stepping_up_takes_the_code_too_where_one_is_asked_for(identity: Identity) -> None:
    mine = await confirmed(identity)
    secret, _ = await turned_on(identity, mine["access_token"])
    identity.clock.advance(PROVED_FOR + 1)
    token = (await identity.call("POST", "/auth/refresh", json={"refresh_token": mine["refresh_token"]})).json()[
        "access_token"
    ]
    for body, code in (
        ({"password": PASSWORD}, "second_factor_needed"),
        ({"password": PASSWORD, "code": "000000"}, "wrong_code"),
    ):
        assert (await identity.call("POST", "/auth/step-up", token, json=body)).json()["code"] == code
    for path, body in (
        ("/me/password", {"current_password": PASSWORD, "new_password": NEW}),
        ("/me/email", {"email": "new@example.com", "password": PASSWORD}),
        ("/me/close", {"password": PASSWORD}),
    ):
        answer = await identity.call("POST", path, token, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "proof_needed"), path
    proof = {"password": PASSWORD, "code": code_of(identity, secret)}
    assert (await identity.call("POST", "/auth/step-up", token, json=proof)).status_code == 204
    change = {"current_password": PASSWORD, "new_password": NEW}
    assert (await identity.call("POST", "/me/password", token, json=change)).status_code == 204


async def test_choosing_a_childs_profile_ends_the_proof(identity: Identity) -> None:
    mine = await confirmed(identity)
    made = await identity.call("POST", "/me/profiles", mine["access_token"], json={"name": "Bo", "kids": True})
    await identity.call("POST", f"/me/profiles/{made.json()['id']}/select", mine["access_token"])
    assert (await identity.rows("SELECT proved_at FROM sessions"))[0]["proved_at"] is None


async def test_an_app_that_was_not_confirmed_asks_for_nothing(identity: Identity) -> None:
    mine = await confirmed(identity)
    begun = (await identity.call("POST", "/auth/mfa/totp", mine["access_token"])).json()
    assert begun["uri"].startswith("otpauth://totp/Bijou:") and begun["secret"] in begun["uri"]
    assert begun["qr"].startswith("data:image/svg+xml;base64,")
    assert (await login(identity, mine["email"])).status_code == 200
    again = (await identity.call("POST", "/auth/mfa/totp", mine["access_token"])).json()
    stale = {"code": code_of(identity, begun["secret"])}
    assert (await identity.call("POST", "/auth/mfa/totp/confirm", mine["access_token"], json=stale)).json()[
        "code"
    ] == "wrong_code"
    right = {"code": code_of(identity, again["secret"])}
    assert (await identity.call("POST", "/auth/mfa/totp/confirm", mine["access_token"], json=right)).status_code == 200
    assert (await identity.call("POST", "/auth/mfa/totp", mine["access_token"])).json()["code"] == "totp_on"
    assert (await identity.call("DELETE", "/auth/mfa/totp", mine["access_token"])).status_code == 204
    assert (await login(identity, mine["email"])).status_code == 200
    assert (await identity.call("POST", "/auth/mfa/recovery-codes", mine["access_token"])).json()["code"] == "totp_off"
    kinds = [row["kind"] for row in await identity.rows("SELECT kind FROM mails ORDER BY id")]
    assert [kind for kind in kinds if kind.startswith("factor")] == ["factor-on", "factor-off"]


async def test_a_new_device_is_told_of_and_not_a_known_one(identity: Identity) -> None:
    mine = await confirmed(identity)
    device = {"id": mine["device_id"], "secret": mine["device_secret"]}
    assert (await login(identity, mine["email"], device=device)).status_code == 200
    assert await identity.rows("SELECT 1 FROM mails WHERE kind = 'new-device'") == []
    for _ in range(5):
        assert (await login(identity, mine["email"], device={"name": "Click http://evil.example"})).status_code == 200
    rows = await identity.rows("SELECT data FROM mails WHERE kind = 'new-device'")
    assert len(rows) == 3 and "Chrome on Windows" in rows[0]["data"] and "evil" not in str(rows)


async def test_guesses_are_told_of_and_the_link_lets_the_holder_in_beside_them(start: Start) -> None:
    identity = await start(logins_before_delay=5)
    mine = await confirmed(identity)
    for email in (mine["email"], "nobody@example.com", "not an address"):
        codes = [(await login(identity, email, "guess")).status_code for _ in range(12)]
        assert 401 in codes and codes[-1] == 429
    kinds = [row["kind"] for row in await identity.rows("SELECT kind FROM mails WHERE kind = 'blocked'")]
    assert len(kinds) == 3, "whether somebody has the address is looked up later"

    sent: list[EmailMessage] = []

    class Taking:
        async def hand_in(self, message: EmailMessage) -> None:
            sent.append(message)

    core = core_of(identity)
    await Postman(core.db, Taking(), core.cipher, core.clock, core.settings).work()
    [mail] = [each for each in sent if each["Subject"] == "Somebody is guessing your password"]
    unlock = token_in(mail)
    assert (await login(identity, mine["email"])).status_code == 429
    assert (await login(identity, mine["email"], "guess", unlock=unlock)).status_code == 401
    other = await confirmed(identity)
    for _ in range(8):
        await login(identity, other["email"], "guess")
    assert (await login(identity, other["email"], unlock=unlock)).status_code == 429, "it is good for its own account"
    assert (await login(identity, mine["email"], unlock=unlock)).status_code == 200
    assert (await login(identity, mine["email"], unlock=unlock)).status_code == 429, "and once"


async def test_who_sets_a_password_while_others_guess_gets_in_by_the_same_link(start: Start) -> None:
    identity = await start(logins_before_delay=5)
    mine = await confirmed(identity)
    await identity.call("POST", "/auth/password/forgot", json={"email": mine["email"]})
    for _ in range(12):
        await login(identity, mine["email"], "guess")
    sent: list[EmailMessage] = []

    class Taking:
        async def hand_in(self, message: EmailMessage) -> None:
            sent.append(message)

    core = core_of(identity)
    await Postman(core.db, Taking(), core.cipher, core.clock, core.settings).work()
    [token] = [token_in(each) for each in sent if each["Subject"] == "Set a new password"]
    reset = {"token": token, "password": NEW}
    assert (await identity.call("POST", "/auth/password/reset", json=reset)).status_code == 204
    assert (await login(identity, mine["email"], NEW)).status_code == 429
    assert (await login(identity, mine["email"], "guess", unlock=token)).status_code == 401
    assert (await identity.call("POST", "/auth/password/reset", json=reset)).status_code == 410, "no password twice"
    assert (await login(identity, mine["email"], NEW, unlock=token)).status_code == 200
    assert (await login(identity, mine["email"], NEW, unlock=token)).status_code == 429, "and once"
