"""What a token says: its names on the wire, its limits, and that the chassis knows none of them."""

from __future__ import annotations

import ast
import json
import time
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from jose import jwt
from pydantic import ValidationError

from libs.chassis.security import tokens
from libs.chassis.security.tokens import InvalidToken, Signer, Verifier, new_private_key
from libs.contracts.token import LONGEST, UNLIMITED, Claims, Principal, claims_of

ROOT = Path(__file__).parents[2]
ACCOUNT, SESSION, DEVICE, PROFILE = (UUID(f"01993a05-2f60-7e91-a7b3-00000000000{n}") for n in range(4))
CHILD = Principal(
    ACCOUNT, SESSION, DEVICE, PROFILE, maturity=7, kids=True, roles=frozenset({"support", "editor"}), country="DE",
    issued=1_000, expires=1_900, version=3, lowered=2,
)  # fmt: skip
# As written by the first release: nothing may be renamed, and without `ver` and `low` it stays readable.
WIRE = (
    f'{{"iss":"bijou","aud":"bijou","iat":1000,"exp":1900,"sub":"{ACCOUNT}","sid":"{SESSION}","mat":7,"kids":true,'
    f'"roles":["editor","support"],"country":"DE","ver":3,"low":2,"did":"{DEVICE}","pid":"{PROFILE}"}}'
)
NOUNS = frozenset({"maturity", "kids", "country"})


def test_a_token_says_what_it_always_said() -> None:
    assert json.dumps(claims_of(CHILD, issued=1_000, ttl=900), separators=(",", ":")) == WIRE
    assert Claims.model_validate(json.loads(WIRE)).principal() == CHILD
    speaking = replace(CHILD, language="pt-BR")
    assert Claims.model_validate(claims_of(speaking, issued=1_000, ttl=900)).principal() == speaking


def test_a_token_from_before_counts_and_profiles_is_read() -> None:
    old = {k: v for k, v in json.loads(WIRE).items() if k not in ("ver", "low", "did", "pid")}
    who = Claims.model_validate(old).principal()
    assert (who.version, who.lowered, who.device_id, who.profile_id) == (0, 0, None, None)
    with pytest.raises(LookupError, match=r"auth\.Profile"):
        _ = who.profile


async def test_an_old_token_is_still_honoured() -> None:
    key, now = new_private_key(), int(time.time())
    signer = Signer(key)
    said = {**json.loads(WIRE), "iat": now, "exp": now + 900}
    del said["ver"], said["low"]
    token = jwt.encode(said, key, algorithm="ES256", headers={"kid": signer.kid, "typ": "at+jwt"})
    who = await Verifier(keys=signer.jwks()).verify(token)
    assert (who.account_id, who.profile_id, who.maturity, who.kids) == (ACCOUNT, PROFILE, 7, True)


@pytest.mark.parametrize(
    ("maturity", "kids", "holder"), [(UNLIMITED, False, True), (UNLIMITED, True, False), (16, False, False)]
)
def test_a_holder_has_no_age_limit_and_is_no_child(maturity: int, kids: bool, holder: bool) -> None:
    assert Principal(ACCOUNT, SESSION, maturity=maturity, kids=kids).is_holder is holder


async def test_no_token_is_good_for_longer_than_an_hour() -> None:
    ttl = int(LONGEST.total_seconds())
    with pytest.raises(ValueError, match="1:00:00 at most"):
        claims_of(CHILD, issued=0, ttl=ttl + 1)
    said = claims_of(CHILD, issued=int(time.time()), ttl=ttl)
    assert Claims.model_validate(said).principal().expires == said["exp"]
    said["exp"] += 1
    with pytest.raises(ValidationError, match="1:00:00 at most"):
        Claims.model_validate(said)
    key = new_private_key()
    token = jwt.encode(said, key, algorithm="ES256", headers={"kid": Signer(key).kid, "typ": "at+jwt"})
    with pytest.raises(InvalidToken):
        await Verifier(keys=Signer(key).jwks()).verify(token)


def test_the_chassis_knows_none_of_its_nouns() -> None:
    modules = sorted((ROOT / "libs/chassis").rglob("*.py"))
    assert Path(tokens.__file__) in modules
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text())):
            words = {getattr(node, name, None) for name in ("attr", "id", "arg")}
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
            assert not words & NOUNS, f"{module}:{getattr(node, 'lineno', 0)}"
