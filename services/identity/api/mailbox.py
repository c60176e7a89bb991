"""The page on a laptop that shows the mails it kept: on the service's own port, which is never a public one, and nowhere else."""

from __future__ import annotations

import html
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from libs.chassis.problems import NotFound
from libs.chassis.security import auth
from services.identity.clients.mailers import Folder

SHOWN = 100
# Nothing runs in it, nothing is fetched for it, and it is in nobody's frame but the list's.
SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'self'; sandbox"
    " allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
STYLE = (
    "body{margin:0;"
    "background:#0B0A0D;color:#F4EFE6;font:16px/1.5 Figtree,system-ui,sans-serif}main{max-width:46rem;margin:0 auto;"
    "padding:2rem 1rem}h1{font-weight:600}a{color:#F4EFE6}li{padding:.75rem 0;border-top:1px solid #352E3B;list-style:none}"
    "ul{padding:0}small{color:#A79FAE;display:block}"
)


def kept(folder: Path) -> list[tuple[str, EmailMessage]]:
    """Return the newest mails of a folder by their names, the newest first."""
    found = sorted(folder.glob("*.eml"), reverse=True)[:SHOWN]
    return [(path.stem, _read(path)) for path in found]


def _read(path: Path) -> EmailMessage:
    message = message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    return message


def _on_this_machine(request: Request) -> None:
    # A site whose name was made to lead here would otherwise be answered as if it were this page.
    if request.url.hostname not in ("127.0.0.1", "localhost"):
        raise NotFound


def router(mailer: Folder) -> APIRouter:
    """Return the page's routes. They are for whoever may read the folder: the gateway knows no way here."""
    routes = APIRouter(prefix="/mail", include_in_schema=False, dependencies=[Depends(_on_this_machine)])

    @routes.get("", dependencies=[auth.PUBLIC])
    def list_mails() -> Response:
        lines = "".join(
            f'<li><a href="/mail/{name}">{html.escape(str(mail["Subject"]))}</a>'
            f"<small>{html.escape(str(mail['To']))} · {html.escape(str(mail['Date']))}</small></li>"
            for name, mail in kept(mailer.folder)
        )
        body = f"<ul>{lines}</ul>" if lines else "<p>No mail yet.</p>"
        page = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>Mail · Bijou</title><style>{STYLE}</style><main><h1>Mail on this machine</h1>{body}</main></html>"
        )
        return HTMLResponse(page, headers=SAFE)

    @routes.get("/{name}", dependencies=[auth.PUBLIC])
    def read_mail(name: str) -> Response:
        path = mailer.folder / f"{name}.eml"
        if not re.fullmatch(r"[0-9a-f-]{36}", name) or not path.is_file():
            raise NotFound
        part = _read(path).get_body(("html", "plain"))
        return HTMLResponse(part.get_content() if part else "", headers=SAFE)

    return routes
