"""The way into an account: a password set anew by a mail, a passkey enrolled and signed in with, a code of an app."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default
from typing import Any
from uuid import uuid4

import pyotp
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.browser import browsing
from tests.journeys.people import PASSWORD, eventually
from tests.journeys.platform import Running
from tests.journeys.test_accessibility import AXE, obstacles

pytestmark = pytest.mark.journey
NEW = "nine violet harbours"
WIDTHS = (390, 820, 1440, 1920)
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def mailed(bijou: Running, to: str, subject: str) -> str:
    """The text of the newest mail to somebody with this subject, once it has come."""

    def look() -> str | None:
        for path in sorted((bijou.data / "mail").glob("*.eml"), reverse=True):
            message: Any = message_from_bytes(path.read_bytes(), policy=default)
            if message["To"] == to and message["Subject"] == subject:
                return str(message.get_body(("plain",)).get_content())
        return None

    return eventually(look)


def link_in(text: str) -> str:
    """The path of the link of a mail, with what is behind its #."""
    found = re.search(r"https?://[^/\s]+(/\S*#[\w-]+)", text)
    assert found, text
    return found[1]


def nothing_sticks_out(page: Page) -> None:
    """At no width is there anything beside the screen."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"), width
    page.set_viewport_size({"width": 1280, "height": 800})


def register(page: Page, url: str) -> str:
    email = f"viewer-{uuid4().hex[:12]}@example.com"
    page.goto(f"{url}/register")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Email").or_(page.get_by_label("E-mail")).first.fill(email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_test_id("register-submit").click()
    page.wait_for_url("**/plans")
    return email


def sign_in(page: Page, url: str, email: str, password: str) -> None:
    page.goto(f"{url}/sign-in")
    form = page.get_by_test_id("sign-in-form")
    form.locator("input[type=email]").fill(email)
    form.locator("input[type=password]").fill(password)
    page.get_by_test_id("sign-in-submit").click()


def test_a_forgotten_password_is_set_anew_by_the_mail(bijou: Running) -> None:
    with browsing(bypass_csp=True, reduced_motion="reduce") as first, browsing() as other:
        page, elsewhere = first.new_page(), other.new_page()
        email = register(elsewhere, bijou.url)
        page.goto(f"{bijou.url}/sign-in")
        page.get_by_role("link", name="Forgot your password?").click()
        page.get_by_test_id("forgot-form").locator("input").fill(email)
        nothing_sticks_out(page)
        if AXE.exists():
            assert obstacles(page) == []
        page.get_by_test_id("forgot-submit").click()
        expect(page.get_by_test_id("forgot-sent")).to_contain_text(email)
        page.goto(bijou.url + link_in(mailed(bijou, email, "Set a new password")))
        expect(page).to_have_url(f"{bijou.url}/reset")  # what is behind the # is gone from the address
        field = page.get_by_test_id("reset-form").locator("input")
        field.fill("password1")
        page.get_by_test_id("reset-submit").click()
        expect(page.get_by_role("alert").first).to_contain_text("guess")
        field.fill(NEW)
        if AXE.exists():
            assert obstacles(page) == []
        page.get_by_test_id("reset-submit").click()
        page.get_by_test_id("reset-done").click()
        sign_in(page, bijou.url, email, PASSWORD)
        expect(page.get_by_test_id("form-error")).to_be_visible()
        sign_in(page, bijou.url, email, NEW)
        page.wait_for_url("**/plans")
        elsewhere.goto(f"{bijou.url}/plans")
        elsewhere.reload()
        expect(elsewhere).to_have_url(re.compile("/sign-in|/$"), timeout=30_000)
        mailed(bijou, email, "Your password was changed")


def test_an_address_is_confirmed_and_a_passkey_and_an_app_open_the_account(bijou: Running) -> None:
    # Passkeys belong to a name.
    url = bijou.url.replace("127.0.0.1", "localhost")
    with browsing(bypass_csp=True, reduced_motion="reduce") as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        email = register(page, url)
        page.goto(url + link_in(mailed(bijou, email, "Confirm your e-mail address")))
        page.get_by_test_id("verify-submit").click()
        page.get_by_test_id("verify-onwards").click()
        page.wait_for_url("**/account/security")
        expect(page.get_by_test_id("email-state")).to_have_text("Confirmed")
        page.get_by_test_id("passkey-add").click()
        expect(page.get_by_test_id("passkeys").get_by_role("listitem")).to_have_count(1)
        nothing_sticks_out(page)
        if AXE.exists():
            assert obstacles(page) == []
        leave(context, page, url)
        page.get_by_test_id("sign-in-passkey").click()
        page.wait_for_url(re.compile("/(plans|home|profiles)"))

        page.goto(f"{url}/account/security")
        page.get_by_test_id("totp-begin").click()
        secret = page.get_by_test_id("totp-secret").inner_text()
        if AXE.exists():
            assert obstacles(page) == []
        page.get_by_role("dialog").locator("input").fill(pyotp.TOTP(secret).now())
        page.get_by_test_id("totp-confirm").click()
        codes = page.get_by_test_id("recovery-codes").get_by_role("listitem")
        expect(codes).to_have_count(10)
        recovery = codes.first.inner_text()
        page.get_by_role("button", name="I have kept them").click()
        expect(page.get_by_test_id("totp-state")).to_have_text("On")
        leave(context, page, url)
        sign_in(page, url, email, PASSWORD)
        form = page.get_by_test_id("code-form")
        if AXE.exists():
            assert obstacles(page) == []
        form.locator("input").first.fill("000000")
        page.get_by_test_id("code-submit").click()
        expect(page.get_by_test_id("form-error")).to_be_visible()
        form.locator("input").first.fill(recovery)
        page.get_by_test_id("code-submit").click()
        page.wait_for_url(re.compile("/(plans|home|profiles)"))
        mailed(bijou, email, "A recovery code was used")


def leave(context: BrowserContext, page: Page, url: str) -> None:
    """Forget who is signed in, as another browser of the same device would not know it either."""
    page.evaluate("() => localStorage.clear()")
    page.goto(f"{url}/sign-in")
    expect(page.get_by_test_id("sign-in-form")).to_be_visible()
    assert context.pages
