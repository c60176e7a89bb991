"""Certificates: those that connections are checked by, those that we show, and the one that people see."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography import x509

from deploy.operations.doctor.findings import Check, Finding
from libs.chassis.settings import ServiceSettings

SOON = timedelta(days=30)


def checks(settings: Mapping[str, ServiceSettings], now: Callable[[], datetime]) -> list[Check]:
    """Return a check for each file of certificates that a setting names, and for the public address where it speaks TLS."""
    found = [Check(f"certificates in {path}", lambda path=path: in_file(path, now())) for path in files(settings)]  # type: ignore[misc]
    for url in sorted({each.public_url for each in settings.values() if each.public_url.startswith("https:")}):
        found.append(Check(f"certificate of {url}", lambda url=url: shown(url, now())))  # type: ignore[misc]
    return found


def files(settings: Mapping[str, ServiceSettings]) -> list[Path]:
    """Return the files of certificates that settings name, each once."""
    named = set()
    for each in settings.values():
        query = parse_qs(urlsplit(each.direct_url).query)
        named |= {value for name in ("sslrootcert", "sslcert") for value in query.get(name, [])}
        named |= {each.kafka_ca_file, *parse_qs(urlsplit(each.redis_url).query).get("ssl_ca_certs", [])}
        named |= set(parse_qs(urlsplit(each.object_store_url).query).get("ca", []))
    return sorted(Path(name) for name in named if name and name != "system")


def in_file(path: Path, now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with the certificates of a file. A file of authorities is good as long as one of them is."""
    try:
        held = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        yield Finding(
            f"{path} holds no certificate that can be read: {error}",
            "No connection that is checked by it can be made.",
            "Put the file where the setting says, in PEM.",
        )
        return
    newest = max(held, key=lambda each: each.not_valid_after_utc)
    yield from _age(f"The certificate in {path} ({newest.subject.rfc4514_string()})", newest.not_valid_after_utc, now)


def shown(url: str, now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with the certificate that a server shows to everybody."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    # Not verified: one that has ended is to be looked at too.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((host, port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=host) as tls,
    ):
        held = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True) or b"")
    yield from _age(f"The certificate of {url}", held.not_valid_after_utc, now)


def _age(what: str, ends: datetime, now: datetime) -> Iterator[Finding]:
    if ends <= now:
        yield Finding(
            f"{what} ended on {ends:%Y-%m-%d}.", "Connections that are checked by it are refused.", "Renew it now."
        )
    elif ends - now < SOON:
        yield Finding(
            f"{what} ends on {ends:%Y-%m-%d}, in {(ends - now).days} days.",
            "From then on connections that are checked by it are refused.",
            "Renew it, and see why that did not happen by itself.",
            "warning",
        )
