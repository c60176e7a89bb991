"""The pure rules of identity, for whatever people and programs type."""

from __future__ import annotations

import unicodedata
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.identity.domain import (
    FULL_REACH,
    MATURITIES,
    InvalidEmail,
    Reach,
    WeakPassword,
    canonical_password,
    check_password,
    device_from_user_agent,
    digest_of,
    new_refresh_token,
    parse_email,
    successor_of,
)
from services.identity.settings import split_pem

CHEAP = settings(deadline=None, max_examples=100)
LOCALS = st.from_regex(r"[a-zA-Zäß][a-zA-Z0-9._+äß-]{0,12}[a-zA-Z0-9]", fullmatch=True)
DOMAINS = st.sampled_from(
    ["example.com", "exämple.com", "bücher.example.org", "mail.test", "localhost", "box.local", "straße.de"]
)
REACHES = st.builds(Reach, st.sampled_from(MATURITIES), st.booleans())
WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=30)


@CHEAP
@given(LOCALS, DOMAINS, st.data())
def test_every_spelling_of_an_address_has_one_key(local: str, domain: str, data: st.DataObject) -> None:
    assume(".." not in local)
    written = f"{local}@{domain}"
    key = parse_email(written).key
    spellings = [
        written.upper() if "ß" not in written else written,
        f"  {written}\t",
        unicodedata.normalize("NFD", written),
        f"{local}@{domain.upper() if 'ß' not in domain else domain}",
    ]
    for again in data.draw(st.lists(st.sampled_from(spellings), min_size=1, max_size=3)):
        assert parse_email(again).key == key
    assert key.isascii() or not local.isascii()
    assert key.rpartition("@")[2].isascii()


@CHEAP
@given(LOCALS, LOCALS, DOMAINS, DOMAINS)
def test_different_people_have_different_keys(one: str, two: str, here: str, there: str) -> None:
    assume(".." not in one + two)
    assume((one.casefold(), here) != (two.casefold(), there))
    assert parse_email(f"{one}@{here}").key != parse_email(f"{two}@{there}").key


@CHEAP
@given(st.text(max_size=40))
def test_what_is_typed_as_an_address_is_one_or_refused(written: str) -> None:
    try:
        found = parse_email(written)
    except InvalidEmail:
        return
    assert found.address.count("@") >= 1
    assert parse_email(found.address).key == found.key
    assert not any(character.isspace() for character in found.key)


@pytest.mark.parametrize(
    "written", ["a@b@example.com", "a@.local", "@test", "a@-x.test", "a b@localhost", "a@x..test", "a@[127.0.0.1]"]
)
def test_a_local_name_is_checked_like_any_other(written: str) -> None:
    with pytest.raises(InvalidEmail):
        parse_email(written)


@CHEAP
@given(st.sampled_from(["password", "iloveyou", "dragon123", "lovelace", "ada.lovelace", "example"]), st.data())
def test_decoration_makes_no_good_password(word: str, data: st.DataObject) -> None:
    """Capitals, figures behind it, letters written as figures: all of them are tried first."""
    shaped = data.draw(
        st.sampled_from([word, word.upper(), word.title(), word.replace("o", "0").replace("e", "3").replace("a", "4")])
    )
    tail = data.draw(st.sampled_from(["", "1", "123", "2024", "!", "1!", "???"]))
    with pytest.raises(WeakPassword):
        check_password(shaped + tail, "ada.lovelace@example.com", "Ada Lovelace")


@CHEAP
@given(
    st.lists(
        st.sampled_from(["moss", "kettle", "harbour", "violet", "lantern", "otter"]),
        min_size=3,
        max_size=5,
        unique=True,
    )
)
def test_three_unrelated_words_are_good(words: list[str]) -> None:
    check_password(" ".join(words), "ada.lovelace@example.com", "Ada Lovelace")


@CHEAP
@given(WORDS)
def test_a_password_is_the_same_from_every_keyboard(word: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert canonical_password(unicodedata.normalize(form, word)) == canonical_password(word)


@CHEAP
@given(st.text(max_size=300))
def test_a_password_is_judged_and_breaks_nothing(password: str) -> None:
    try:
        check_password(canonical_password(password), "ada@example.com", "Ada")
    except WeakPassword as refusal:
        assert "Use" in str(refusal.detail)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_token_has_one_successor_for_each_salt(one: bytes, two: bytes) -> None:
    token = new_refresh_token()
    assert successor_of(token, one) == successor_of(token, one)
    assert (successor_of(token, one) == successor_of(token, two)) == (one == two)
    assert successor_of(token, one) != successor_of(new_refresh_token(), one)
    assert len(successor_of(token, one)) == len(token) == 43
    assert digest_of(token) != digest_of(successor_of(token, one))


@given(REACHES, REACHES, REACHES)
def test_reach_is_an_order_with_the_least_below_both(one: Reach, two: Reach, three: Reach) -> None:
    least = one.least(two.maturity, two.kids)
    assert one.covers(least.maturity, least.kids) and two.covers(least.maturity, least.kids)
    assert FULL_REACH.covers(one.maturity, one.kids) and one.covers(one.maturity, one.kids)
    if one.covers(two.maturity, two.kids) and two.covers(three.maturity, three.kids):
        assert one.covers(three.maturity, three.kids)
    if one.covers(two.maturity, two.kids) and two.covers(one.maturity, one.kids):
        assert one == two
    if one.covers(three.maturity, three.kids) and two.covers(three.maturity, three.kids):
        assert least.covers(three.maturity, three.kids)


@CHEAP
@given(st.text(max_size=600))
def test_any_user_agent_is_some_device(header: str) -> None:
    hint = device_from_user_agent(header)
    assert hint.id is None and hint.secret is None
    assert hint.name and hint.type in {"web", "mobile", "tablet", "tv", "other"}


def test_no_user_agent_is_an_unknown_device() -> None:
    assert (device_from_user_agent("").name, device_from_user_agent("").type) == ("Unknown device", "other")


@given(st.lists(st.uuids(), max_size=4), st.sampled_from(["", "comment\n", "\n\n"]))
def test_keys_of_a_file_are_split_in_order(bodies: list[UUID], between: str) -> None:
    blocks = [f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n" for body in bodies]
    assert split_pem(between.join(["", *blocks, ""])) == blocks
