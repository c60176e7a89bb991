"""What a mailbox proves: addresses confirmed and changed, passwords set anew; by links good once, for one thing, for a while."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from uuid import UUID

import pytest

from services.identity import repository
from services.identity.models import Account, Link
from services.identity.repository import mails as rows
from tests.identity.conftest import PASSWORD, Identity, Start
from tests.identity.test_mails import core_of

NEW = "nine violet harbours"
TRUSTED = {"X-Bijou-Gateway": "the-gateway-of-this-test"}
Mails = Callable[[], Awaitable[list[EmailMessage]]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
async def identity(start: Start, folder: Path) -> Identity:
    return await start(mail_url=folder.as_uri(), mails_per_address=1000)


@pytest.fixture
def mails(identity: Identity, folder: Path) -> Mails:
    """`await mails()` → those that came since the last time, the oldest first, once nothing is owed any more."""
    seen: set[str] = set()

    async def fetch() -> list[EmailMessage]:
        for _ in range(400):
            if not await identity.rows("SELECT 1 FROM mails WHERE state = 'waiting'"):
                break
            await asyncio.sleep(0.02)
        found = []
        for path in sorted(folder.glob("*.eml")):
            if path.name not in seen:
                seen.add(path.name)
                message = message_from_bytes(path.read_bytes(), policy=default)
                assert isinstance(message, EmailMessage)
                found.append(message)
        return found

    return fetch


def token_in(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    found = re.search(r"#([\w-]{43})\s*$", part.get_content(), re.MULTILINE)
    assert found, part.get_content()
    return found[1]


def about(mails: list[EmailMessage]) -> list[tuple[str, str]]:
    return [(mail["To"], mail["Subject"]) for mail in mails]


async def login(identity: Identity, email: str, password: str = PASSWORD) -> int:
    return (await identity.call("POST", "/auth/login", json={"email": email, "password": password})).status_code


async def test_an_address_is_confirmed_by_the_link_that_was_mailed_there(identity: Identity, mails: Mails) -> None:
    body = await identity.register()
    [mail] = await mails()
    answer = await identity.call("POST", "/auth/email/verify", json={"token": token_in(mail)})
    assert (answer.status_code, answer.json()) == (200, {"email": body["email"], "changed": False})
    assert (await identity.call("GET", "/me", body["access_token"])).json()["email_verified"] is True
    again = await identity.call("POST", "/auth/email/verify", json={"token": token_in(mail)})
    assert (again.status_code, again.json()["code"]) == (410, "link_invalid")
    more = await identity.call("POST", "/me/email/verification", body["access_token"])
    assert (more.status_code, more.json()["code"]) == (409, "email_verified_already")


async def test_the_mail_that_confirms_comes_again_but_not_for_ever(identity: Identity, mails: Mails) -> None:
    body = await identity.register()
    codes = [
        (await identity.call("POST", "/me/email/verification", body["access_token"])).status_code for _ in range(4)
    ]
    assert codes == [202, 202, 429, 429]
    sent = await mails()
    assert len(sent) == 3
    for mail in sent[:1]:
        assert (await identity.call("POST", "/auth/email/verify", json={"token": token_in(mail)})).status_code == 200


async def test_a_forgotten_password_is_set_anew_by_mail_and_ends_every_sign_in(
    identity: Identity, mails: Mails
) -> None:
    body = await identity.register()
    other = (await identity.call("POST", "/auth/login", json={"email": body["email"], "password": PASSWORD})).json()
    await mails()
    assert (
        await identity.call("POST", "/auth/password/forgot", json={"email": body["email"].upper()})
    ).status_code == 202
    [mail] = await mails()
    token = token_in(mail)
    weak = await identity.call("POST", "/auth/password/reset", json={"token": token, "password": "password1"})
    assert (weak.status_code, weak.json()["code"]) == (422, "weak_password")
    done = await identity.call("POST", "/auth/password/reset", json={"token": token, "password": NEW})
    assert done.status_code == 204
    for tokens in (body, other):
        refreshed = await identity.call("POST", "/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
        assert refreshed.status_code == 401
        assert (await identity.call("GET", "/me", tokens["access_token"])).status_code == 401
    assert [await login(identity, body["email"], password) for password in (PASSWORD, NEW)] == [401, 200]
    assert about(await mails())[0] == (body["email"], "Your password was changed")
    assert (await identity.rows("SELECT email_verified FROM accounts"))[0]["email_verified"] is True
    again = await identity.call("POST", "/auth/password/reset", json={"token": token, "password": "six brown lanterns"})
    assert again.status_code == 410


async def test_of_two_who_use_one_link_at_the_same_time_one_does(identity: Identity, mails: Mails) -> None:
    body = await identity.register()
    await identity.call("POST", "/auth/password/forgot", json={"email": body["email"]})
    token = token_in((await mails())[-1])
    passwords = [f"violet harbour number {n}" for n in range(8)]
    answers = await asyncio.gather(
        *(identity.call("POST", "/auth/password/reset", json={"token": token, "password": each}) for each in passwords)
    )
    codes = [answer.status_code for answer in answers]
    assert sorted(codes) == [204] + [410] * 7
    assert await login(identity, body["email"], passwords[codes.index(204)]) == 200


async def test_a_link_is_good_for_one_thing_and_for_its_time(identity: Identity, mails: Mails) -> None:
    body = await identity.register()
    verify = token_in((await mails())[0])
    await identity.call("POST", "/auth/password/forgot", json={"email": body["email"]})
    reset = token_in((await mails())[0])
    assert (await identity.call("POST", "/auth/email/verify", json={"token": reset})).status_code == 410
    wrong = await identity.call("POST", "/auth/password/reset", json={"token": verify, "password": NEW})
    assert wrong.status_code == 410
    identity.clock.advance(31 * 60)
    late = await identity.call("POST", "/auth/password/reset", json={"token": reset, "password": NEW})
    assert late.status_code == 410 and await login(identity, body["email"]) == 200
    assert (await identity.call("POST", "/auth/email/verify", json={"token": verify})).status_code == 200


@pytest.mark.parametrize("token", ["x", "A" * 43, "' OR '1'='1", "../" * 14, "ü" * 43, "%00"])
async def test_what_is_no_link_opens_nothing(identity: Identity, token: str) -> None:
    await identity.register()
    for path, more in (("/auth/email/verify", {}), ("/auth/password/reset", {"password": NEW})):
        answer = await identity.call("POST", path, json={"token": token, **more})
        assert (answer.status_code, answer.json()["code"]) in ((410, "link_invalid"), (422, "invalid"))


async def test_a_new_password_voids_every_link_and_those_still_on_their_way(identity: Identity, mails: Mails) -> None:
    body = await identity.register()
    await identity.call("POST", "/auth/password/forgot", json={"email": body["email"]})
    tokens = [token_in(mail) for mail in await mails()]
    await identity.rows(
        "INSERT INTO mails (id, account_id, kind, address, created_at, due_at, expires_at)"
        " SELECT gen_random_uuid(), id, 'reset', email, now(), now() + interval '1 year', now() + interval '2 years'"
        " FROM accounts"
    )
    change = {"current_password": PASSWORD, "new_password": NEW}
    assert (await identity.call("POST", "/me/password", body["access_token"], json=change)).status_code == 204
    for token in tokens:
        answer = await identity.call(
            "POST", "/auth/password/reset", json={"token": token, "password": "six brown lanterns"}
        )
        assert answer.status_code == 410
        assert (await identity.call("POST", "/auth/email/verify", json={"token": token})).status_code == 410
    assert about(await mails()) == [(body["email"], "Your password was changed")]
    assert {row["state"] for row in await identity.rows("SELECT state FROM mails WHERE kind = 'reset'")} == {
        "sent",
        "dropped",
    }


async def test_nobody_learns_who_has_an_account_by_answer_or_mail(identity: Identity, mails: Mails) -> None:
    body = await identity.register()
    await mails()
    answers = [
        await identity.call("POST", "/auth/password/forgot", json={"email": email})
        for email in (body["email"], "nobody@example.com", "not an address", "ada@")
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, "null")}
    assert about(await mails()) == [(body["email"], "Set a new password")]


async def test_nobody_learns_who_has_an_account_by_how_long_it_takes(identity: Identity) -> None:
    """Both do the same work: the statements that each request sends are counted, which a busy machine cannot blur."""
    body = await identity.register()
    from sqlalchemy import event

    engine = identity.app.state.recovery._core.db.engine
    counted: list[str] = []
    event.listen(engine.sync_engine, "before_cursor_execute", lambda *a: counted.append(a[2]))
    seen = []
    for email in (body["email"], "nobody@example.com"):
        counted.clear()
        await identity.call("POST", "/auth/password/forgot", json={"email": email})
        seen.append(list(counted))
    assert seen[0] == seen[1] and len(seen[0]) == 1


async def test_an_account_is_not_flooded_and_an_address_asks_only_so_often(start: Start, folder: Path) -> None:
    identity = await start(mail_url=folder.as_uri(), mails_per_address=5, gateway_secret=TRUSTED["X-Bijou-Gateway"])
    body = await identity.register()

    async def forgot(address: str) -> int:
        headers = {**TRUSTED, "X-Real-IP": address}
        json = {"email": body["email"]}
        return (await identity.client.post("/api/v1/auth/password/forgot", json=json, headers=headers)).status_code

    assert [await forgot("192.0.2.1") for _ in range(7)] == [202] * 5 + [429] * 2
    assert [await forgot(f"198.51.100.{n}") for n in range(5)] == [202] * 5
    for _ in range(200):
        if not await identity.rows("SELECT 1 FROM mails WHERE state = 'waiting'"):
            break
        await asyncio.sleep(0.02)
    sent = await identity.rows("SELECT 1 FROM mails WHERE kind = 'reset' AND state = 'sent'")
    assert len(sent) == 3


async def test_a_change_of_address_is_told_to_both_and_counts_once_the_new_one_is_proved(
    identity: Identity, mails: Mails
) -> None:
    body = await identity.register()
    await identity.call("POST", "/auth/password/forgot", json={"email": body["email"]})
    before = [token_in(mail) for mail in await mails()]
    ask = {"email": "new@example.com", "password": PASSWORD}
    assert (await identity.call("POST", "/me/email", body["access_token"], json=ask)).status_code == 202
    sent = await mails()
    assert sorted(about(sent)) == [
        ("new@example.com", "Confirm your new e-mail address"),
        (body["email"], "Your e-mail address is to be changed"),
    ]
    assert (await identity.call("GET", "/me", body["access_token"])).json()["email"] == body["email"]
    token = next(token_in(mail) for mail in sent if mail["To"] == "new@example.com")
    done = await identity.call("POST", "/auth/email/verify", json={"token": token})
    assert done.json() == {"email": "new@example.com", "changed": True}
    assert sorted(about(await mails())) == sorted(
        [("new@example.com", "Your e-mail address was changed"), (body["email"], "Your e-mail address was changed")]
    )
    assert [await login(identity, email) for email in (body["email"], "new@example.com")] == [401, 200]
    for old in before:
        answer = await identity.call("POST", "/auth/password/reset", json={"token": old, "password": NEW})
        assert answer.status_code == 410, "who reads the old mailbox has no way in any more"


async def test_an_address_that_somebody_has_is_told_to_them_alone(identity: Identity, mails: Mails) -> None:
    mine, other = await identity.register(), await identity.register()
    await mails()
    ask = {"email": other["email"], "password": PASSWORD}
    free = {"email": "free@example.com", "password": PASSWORD}
    answers = [await identity.call("POST", "/me/email", mine["access_token"], json=body) for body in (ask, free)]
    assert len({(answer.status_code, answer.text) for answer in answers}) == 1
    assert (other["email"], "This address has an account already") in about(await mails())


async def test_many_accounts_together_send_one_address_no_more_mails_than_one(identity: Identity, mails: Mails) -> None:
    ask = {"email": "victim@example.com", "password": PASSWORD}
    others = [await identity.register() for _ in range(5)]
    codes = [(await identity.call("POST", "/me/email", one["access_token"], json=ask)).status_code for one in others]
    assert codes == [202, 202, 202, 429, 429]
    assert len([mail for mail in await mails() if mail["To"] == "victim@example.com"]) == 3


async def test_a_link_that_is_being_written_neither_outlives_the_password_nor_is_in_its_way(start: Start) -> None:
    """The mail is taken and its link not committed yet in the moment that all links are voided."""
    identity = await start()
    mine = await identity.register()
    core = core_of(identity)
    account_id, now = UUID(mine["account"]["id"]), core.clock.now()

    async def void() -> None:
        async with core.db.transaction() as session:
            account = await repository.lock_account(session, account_id)
            assert account is not None
            await core.void_links(session, account)

    async with core.db.transaction() as session:
        core.post.owe(session, Account(id=account_id, email=mine["email"]), "change", to="thief@example.com")
    async with core.db.transaction() as session:
        assert len(await rows.take(session, now, timedelta(minutes=2), 8)) == 2
        voiding = asyncio.create_task(void())
        for _ in range(100):
            if await identity.rows(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            ):
                break
            await asyncio.sleep(0.01)
        link = Link(
            digest=b"d" * 32, account_id=account_id, purpose="change", address="thief@example.com", created_at=now,
            expires_at=now + timedelta(days=1),
        )  # fmt: skip
        session.add(link)
    await voiding
    assert await identity.rows("SELECT 1 FROM links WHERE purpose = 'change'") == []


async def test_an_address_that_was_taken_meanwhile_is_not_taken_away(identity: Identity, mails: Mails) -> None:
    body = await identity.register()
    await identity.call(
        "POST", "/me/email", body["access_token"], json={"email": "new@example.com", "password": PASSWORD}
    )
    token = next(token_in(mail) for mail in await mails() if mail["To"] == "new@example.com")
    await identity.register(email="new@example.com")
    answer = await identity.call("POST", "/auth/email/verify", json={"token": token})
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
    assert await login(identity, body["email"]) == 200


async def test_a_change_of_address_needs_the_password_and_another_address(identity: Identity) -> None:
    body = await identity.register()
    for ask, code in (
        ({"email": "new@example.com", "password": "guess"}, "wrong_password"),
        ({"email": body["email"].upper(), "password": PASSWORD}, "same_email"),
        ({"email": "not an address", "password": PASSWORD}, "invalid_email"),
    ):
        answer = await identity.call("POST", "/me/email", body["access_token"], json=ask)
        assert answer.json()["code"] == code
    assert await identity.rows("SELECT 1 FROM mails WHERE kind LIKE 'change%'") == []


async def test_whoever_registers_somebody_elses_address_loses_it_to_its_owner(identity: Identity, mails: Mails) -> None:
    """The owner of the mailbox sets a password: whoever came first with it is out, and nothing of theirs lets them in again."""
    thief = await identity.register(email="victim@example.com")
    await identity.call("POST", "/auth/password/forgot", json={"email": "victim@example.com"})
    token = token_in((await mails())[-1])
    assert (
        await identity.call("POST", "/auth/password/reset", json={"token": token, "password": NEW})
    ).status_code == 204
    device = {"id": thief["device_id"], "secret": thief["device_secret"]}
    body = {"email": "victim@example.com", "password": PASSWORD, "device": device}
    assert (await identity.call("POST", "/auth/login", json=body)).status_code == 401
    assert (await identity.rows("SELECT secret_digest FROM devices"))[0]["secret_digest"] is None


async def test_what_was_erased_gets_no_mail_and_leaves_none(identity: Identity, mails: Mails) -> None:
    body = await identity.register()
    await identity.call("POST", "/auth/password/forgot", json={"email": body["email"]})
    token = token_in((await mails())[-1])
    await identity.call("POST", "/me/close", body["access_token"], json={"password": PASSWORD})
    [told] = await mails()
    assert told["Subject"] == "Your account is closed"
    back = await identity.call("POST", "/auth/password/reset", json={"token": token, "password": NEW})
    assert back.status_code == 204, "who has closed it may still come back"
    identity.clock.advance(31 * 24 * 3600)
    from services.identity.service.closing import Eraser

    eraser = Eraser(identity.app.state.recovery._core)
    for _ in range(400):  # it passes over an account that is held, as by whoever is sending the mail of above
        if await eraser.work() is not None:
            break
        await asyncio.sleep(0.02)
    assert await identity.rows("SELECT 1 FROM mails") == await identity.rows("SELECT 1 FROM links") == []
    await identity.call("POST", "/auth/password/forgot", json={"email": body["email"]})
    assert await mails() == []


async def test_a_suspended_account_is_not_opened_by_mail(identity: Identity, mails: Mails) -> None:
    body = await identity.register()
    await identity.call("POST", "/auth/password/forgot", json={"email": body["email"]})
    token = token_in((await mails())[-1])
    await identity.rows("UPDATE accounts SET status = 'suspended'")
    answer = await identity.call("POST", "/auth/password/reset", json={"token": token, "password": NEW})
    assert answer.status_code == 410
    await identity.call("POST", "/auth/password/forgot", json={"email": body["email"]})
    assert await mails() == []
