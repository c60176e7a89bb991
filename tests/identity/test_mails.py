"""Mails are sent once, by a real server, whatever it does; what nobody can be told any more is not sent."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from libs.chassis.ids import new_id
from services.identity import letters
from services.identity.clients import mailers
from services.identity.clients.mailers import Folder, NotTaken, Server
from services.identity.domain import parse_email
from services.identity.service.base import Core
from services.identity.service.mails import LEASE, Postman, message_of
from services.identity.settings import Settings, sender_of
from tests.identity.conftest import PASSWORD, Identity, Start


@dataclass
class Office:
    """What a server does with each mail it is offered: `answers` in turn, then it takes everything."""

    answers: list[str] = field(default_factory=list)
    taken: list[EmailMessage] = field(default_factory=list)
    port: int = 0
    hangs: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answers and self.answers[0].startswith("rcpt "):
            return self.answers.pop(0).removeprefix("rcpt ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer == "hang":
            await self.hangs.wait()
            return "451 later"
        content = envelope.content
        assert isinstance(content, bytes)
        if answer.startswith("250") or answer == "vanish":
            message = message_from_bytes(content, policy=default)
            assert isinstance(message, EmailMessage)
            self.taken.append(message)
        if answer == "vanish":  # it has the mail, and its answer is lost
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return answer

    @property
    def url(self) -> str:
        return f"smtp+plain://127.0.0.1:{self.port}"


Open = Callable[..., Awaitable[Office]]


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    """`await opened("451 later")` → a server that answers so."""
    servers = []

    async def begin(*answers: str, **options: Any) -> Office:
        office = Office(list(answers))
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(office, enable_SMTPUTF8=True, loop=loop, **options), "127.0.0.1", 0
        )
        office.port = server.sockets[0].getsockname()[1]
        servers.append((server, office))
        return office

    yield begin
    for server, office in servers:
        office.hangs.set()
        server.close()


def core_of(identity: Identity) -> Core:
    core: Core = identity.app.state.recovery._core
    return core


def postman_of(identity: Identity, url: str) -> Postman:
    core = core_of(identity)
    return Postman(core.db, mailers.mailer_of(url), core.cipher, core.clock, core.settings)


async def states(identity: Identity) -> list[tuple[str, str]]:
    return [(row["kind"], row["state"]) for row in await identity.rows("SELECT kind, state FROM mails ORDER BY id")]


async def test_a_registration_is_followed_by_a_mail_with_both_forms_of_its_text(
    identity: Identity, opened: Open
) -> None:
    office = await opened()
    await identity.register(email="ada@exämple.com", language="de-AT")
    await postman_of(identity, office.url).work()
    [mail] = office.taken
    assert mail["To"] == "ada@xn--exmple-cua.com" and mail["From"] == "Bijou <no-reply@bijou.local>"
    assert mail["Subject"] == "Bestätige deine E-Mail-Adresse" and mail["Auto-Submitted"] == "auto-generated"
    plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None and rich is not None
    link = next(line for line in plain.get_content().splitlines() if "/verify#" in line)
    assert link.startswith("http://127.0.0.1:8080/verify#") and f'href="{link}"' in rich.get_content()
    assert await states(identity) == [("verify", "sent")]
    await postman_of(identity, office.url).work()
    assert len(office.taken) == 1
    stored = str(await identity.rows("SELECT * FROM mails")) + str(await identity.rows("SELECT * FROM links"))
    assert link.partition("#")[2] not in stored, "who reads the database opens nobody's account"


async def test_nothing_is_owed_by_what_did_not_happen(identity: Identity) -> None:
    body = await identity.register()
    await identity.call("POST", "/auth/register", json={"email": body["email"], "password": PASSWORD, "name": "Eve"})
    assert await states(identity) == [("verify", "waiting")]


@pytest.mark.parametrize(
    ("answer", "tries"),
    [("451 later", 2), ("rcpt 452 full", 2), ("421 closing", 2), ("vanish", 2)],
)
async def test_what_a_server_does_not_take_is_tried_again_later(
    identity: Identity, opened: Open, answer: str, tries: int
) -> None:
    office = await opened(answer)
    await identity.register()
    postman = postman_of(identity, office.url)
    with pytest.raises(NotTaken):
        await postman.work()
    assert await states(identity) == [("verify", "waiting")]
    await postman.work()
    assert len(office.taken) == (answer == "vanish"), "not before its time"
    identity.clock.advance(20)
    await postman.work()
    [row] = await identity.rows("SELECT state, attempts FROM mails")
    assert (row["state"], row["attempts"]) == ("sent", tries)
    assert len({mail["Message-ID"] for mail in office.taken}) == 1, "the same mail, should it have come twice"
    bodies = [part.get_content() for mail in office.taken if (part := mail.get_body(("plain",)))]
    assert len(set(bodies)) == 1


@pytest.mark.parametrize("answer", ["550 no such person", "rcpt 550 no such person", "552 too large"])
async def test_what_a_server_refuses_for_good_is_given_up(identity: Identity, opened: Open, answer: str) -> None:
    office = await opened(answer)
    await identity.register()
    assert await postman_of(identity, office.url).work() == 0
    [row] = await identity.rows("SELECT state, message FROM mails")
    assert row["state"] == "failed" and answer.removeprefix("rcpt ")[:3] in row["message"]


async def test_a_server_that_hangs_holds_nobody_up_for_long(
    identity: Identity, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailers, "ANSWER_SECONDS", 0.3)
    office = await opened("hang")
    await identity.register()
    await identity.register()
    with pytest.raises(NotTaken):
        await postman_of(identity, office.url).work()
    assert len(office.taken) == 1, "the other went beside it"
    assert sorted(await states(identity)) == [("verify", "sent"), ("verify", "waiting")]


async def test_nobody_listening_is_told_by_the_service_and_loses_nothing(start: Start, opened: Open) -> None:
    identity = await start(mail_url="smtp+plain://127.0.0.1:1")
    await identity.register()
    for _ in range(100):
        ready = (await identity.client.get("/readyz")).json()
        if "NotTaken" in ready["components"]["mail"]:
            break
        await asyncio.sleep(0.05)
    assert "NotTaken" in ready["components"]["mail"]
    office = await opened()
    for _ in range(20):  # its own postman still tries, too
        identity.clock.advance(600)
        await postman_of(identity, office.url).work()
        if office.taken:
            break
    assert len(office.taken) == 1


async def test_a_mail_that_is_worth_nothing_any_more_is_not_sent(identity: Identity, opened: Open) -> None:
    office = await opened()
    await identity.register()
    identity.clock.advance(24 * 3600)
    await postman_of(identity, office.url).work()
    assert office.taken == [] and await states(identity) == [("verify", "dropped")]


async def test_ten_replicas_send_each_mail_once(identity: Identity, opened: Open) -> None:
    office = await opened()
    for _ in range(20):
        await identity.register()
    postmen = [postman_of(identity, office.url) for _ in range(10)]
    while any([await postman.work() == 0 for postman in postmen[:1]]):
        await asyncio.gather(*(postman.work() for postman in postmen))
    assert len(office.taken) == len({mail["Message-ID"] for mail in office.taken}) == 20


async def test_who_took_a_mail_and_died_is_followed_by_another(identity: Identity, opened: Open) -> None:
    office = await opened()
    await identity.register()

    class Dead:
        async def hand_in(self, message: EmailMessage) -> None:
            raise asyncio.CancelledError

    core = core_of(identity)
    with pytest.raises(asyncio.CancelledError):
        await Postman(core.db, Dead(), core.cipher, core.clock, core.settings).work()
    await postman_of(identity, office.url).work()
    assert office.taken == [], "it may still be at it"
    identity.clock.advance(LEASE.total_seconds() + 1)
    await postman_of(identity, office.url).work()
    assert len(office.taken) == 1


async def test_a_slow_end_does_not_undo_what_another_has_done(identity: Identity, opened: Open) -> None:
    """Whoever was late with a mail says nothing of it once somebody else has tried since."""
    office = await opened()
    await identity.register()
    core = core_of(identity)

    class Slow:
        async def hand_in(self, message: EmailMessage) -> None:
            identity.clock.advance(LEASE.total_seconds() + 1)
            await postman_of(identity, office.url).work()
            raise NotTaken("late")

    with pytest.raises(NotTaken):
        await Postman(core.db, Slow(), core.cipher, core.clock, core.settings).work()
    assert await states(identity) == [("verify", "sent")] and len(office.taken) == 1


HEADERS = [
    "\r\nBcc: eve@example.com",
    "\nSubject: won",
    "%0d%0aBcc: eve@example.com",
    "\u2028Bcc: eve@example.com",
    "\x00",
    "\x85Bcc: x",
]


@pytest.mark.parametrize("trick", HEADERS)
async def test_no_address_begins_another_header(identity: Identity, opened: Open, trick: str) -> None:
    office = await opened()
    for email in (
        f"ada{trick}@example.com",
        f"ada@example.com{trick}",
        f'"ada{trick}"@example.com',
        f"{trick}ada@example.com",
    ):
        body = {"email": email, "password": PASSWORD, "name": "Ada"}
        assert (await identity.call("POST", "/auth/register", json=body)).status_code in (201, 422)
        await identity.call("POST", "/auth/password/forgot", json={"email": email})
    await postman_of(identity, office.url).work()
    for mail in office.taken:
        assert set(mail.keys()) == {
            "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        }  # fmt: skip
        assert "eve@" not in mail["To"] and mail["Subject"] != "won"


async def test_an_agent_that_calls_itself_a_header_stays_a_line_of_text(identity: Identity) -> None:
    letter = letters.write("new-device", "en", home="http://x", device="a\r\nBcc: eve@x <b>", when="now", address="::1")
    message = message_of(
        letter, parse_email("ada@example.com"), sender_of("Bijou <b@x.example>"), new_id(), identity.clock.now()
    )
    assert (
        message["Bcc"] is None
        and "eve@x <b>" not in letter.html
        and "eve@x &lt;b&gt;" in letter.html
        and "eve@x <b>" in letter.text
    )


@pytest.mark.parametrize("sender", ["Bijou <no-reply@bijou.local>", "no-reply@films.example", '"A, B" <a@b.example>'])
def test_a_sender_is_one_address(sender: str) -> None:
    assert isinstance(sender_of(sender), Address)


@pytest.mark.parametrize("sender", ["", "nobody", "a@b.example, c@d.example", "a@b.example\r\nBcc: eve@x.example"])
def test_what_is_no_sender_is_refused_at_the_start(sender: str) -> None:
    with pytest.raises(ValueError, match="mail_sender"):
        Settings(mail_sender=sender)


@pytest.mark.parametrize(
    "url",
    ["http://x", "mail", "smtp://", "smtp+plain://user:pass@x", "file://host/x", "file:x", "smtp://x:99999"],
)
def test_where_no_mail_can_go_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="mail_url"):
        Settings(mail_url=url)


async def test_a_mail_that_only_a_newer_replica_can_write_waits_for_it_and_holds_up_no_other(
    identity: Identity, opened: Open
) -> None:
    office = await opened()
    await identity.register(email="first@example.com")
    await identity.register(email="second@example.com")
    first = (await identity.rows("SELECT id FROM mails ORDER BY id"))[0]["id"]
    await identity.rows("UPDATE mails SET kind = 'of-tomorrow' WHERE id = $1", first)
    postman = postman_of(identity, office.url)
    await postman.work()
    assert [mail["To"] for mail in office.taken] == ["second@example.com"]
    assert await states(identity) == [("of-tomorrow", "waiting"), ("verify", "sent")]
    await identity.rows("UPDATE mails SET kind = 'verify' WHERE id = $1", first)
    identity.clock.advance(LEASE.total_seconds() + 1)
    await postman.work()
    assert office.taken[-1]["To"] == "first@example.com"
    assert len(await identity.rows("SELECT 1 FROM links WHERE address = 'first@example.com'")) == 1, (
        "and its link is good"
    )


def test_production_does_not_start_without_mail_or_a_sealing_secret(tmp_path: Path, signing_key: str) -> None:
    key = tmp_path / "key.pem"
    key.write_text(signing_key)
    whole: dict[str, Any] = {
        "environment": "production", "signing_key_file": key, "mail_url": "smtps://mail.example:465",
        "sealing_secret": "s" * 48, "gateway_secret": "g" * 48,
    }  # fmt: skip
    assert Settings(**whole)
    for name in ("mail_url", "sealing_secret"):
        with pytest.raises(ValueError, match=name):
            Settings(**{**whole, name: ""})


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The contexts of a server called localhost and of a client that believes its authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path, secret = tmp_path / "server.pem", tmp_path / "server.key"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(path, secret)
    return server, ssl.create_default_context(cafile=path)


async def test_smtp_is_encrypted_or_not_spoken(
    identity: Identity, opened: Open, tls: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    server, client = tls
    letter = letters.write("reset", "en", home="http://x", link="http://x/reset#t")
    mail = message_of(letter, parse_email("ada@example.com"), sender_of("b@x.example"), new_id(), identity.clock.now())
    sealed = await opened(tls_context=server, require_starttls=True)
    await Server(f"smtp://localhost:{sealed.port}", tls=client).hand_in(mail)
    assert len(sealed.taken) == 1
    with pytest.raises(NotTaken):  # an authority that nobody knows
        await Server(f"smtp://localhost:{sealed.port}").hand_in(mail)
    bare = await opened()
    with pytest.raises(NotTaken) as refused:
        await Server(f"smtp://localhost:{bare.port}", tls=client).hand_in(mail)
    assert not refused.value.for_good and bare.taken == []


async def test_a_folder_keeps_the_mails_of_a_week_for_its_owner_alone(tmp_path: Path, identity: Identity) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    old = folder / f"{new_id()}.eml"
    old.write_text("old")
    import os

    os.utime(old, (time.time() - 8 * 24 * 3600,) * 2)
    await identity.register()
    await postman_of(identity, folder.as_uri()).work()
    [kept] = folder.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600 and "Confirm your e-mail address" in kept.read_text()


async def test_a_folder_that_cannot_be_written_is_trouble_and_not_the_end(tmp_path: Path, identity: Identity) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotTaken):
        await Folder(tmp_path / "file" / "mail").hand_in(
            message_of(
                letters.write("reset", "de", home="http://x", link="http://x/reset#t"),
                parse_email("ada@example.com"), sender_of("b@x.example"), new_id(), identity.clock.now(),
            )
        )  # fmt: skip


async def test_the_page_of_kept_mails_is_there_for_a_folder_alone(start: Start, tmp_path: Path) -> None:
    with_folder = await start(mail_url=(tmp_path / "mail").as_uri())
    await with_folder.register(email="ada+b@example.com")
    for _ in range(100):
        page = (await with_folder.client.get("http://127.0.0.1:8011/mail")).text
        if "Confirm" in page:
            break
        await asyncio.sleep(0.05)
    assert ("Confirm your e-mail address" in page and "<b>" not in page and "ada+&lt;b&gt;" in page) or "ada+" in page
    name = page.partition('href="/mail/')[2].partition('"')[0]
    shown = await with_folder.client.get(f"http://localhost:8011/mail/{name}")
    assert "/verify#" in shown.text and "default-src 'none'" in shown.headers["content-security-policy"]
    for wrong in ("..%2F..%2Fetc%2Fpasswd", "x", "0" * 36):
        assert (await with_folder.client.get(f"http://localhost:8011/mail/{wrong}")).status_code == 404
    for path in ("/mail", f"/mail/{name}"):  # a name of somebody else's, made to lead here
        assert (await with_folder.client.get(f"http://rebound.example:8011{path}")).status_code == 404
    assert "/mail" not in with_folder.app.openapi()["paths"]
    without = await start(mail_url="smtp+plain://127.0.0.1:1")
    assert (await without.client.get("http://localhost/mail")).status_code == 404


def test_both_languages_say_every_mail() -> None:
    english, german = letters.texts("en"), letters.texts("de")
    assert english.keys() == german.keys()
    said = {"device": "Chrome on Windows", "when": "now", "address": "192.0.2.1", "day": "2027-01-01", "left": 9}
    for kind in english.keys() - {"house"}:
        assert english[kind].keys() == german[kind].keys(), kind
        assert english[kind].get("page") == german[kind].get("page")
        assert len(english[kind]["lines"]) == len(german[kind]["lines"])
        for language in letters.LANGUAGES:
            letter = letters.write(
                kind, language, home="https://films.example", link="https://films.example/x#t", **said
            )
            assert letter.subject and "{{" not in letter.text + letter.html
    assert letters.language_of("de-CH") == "de" and letters.language_of("fr") == "en"
