"""Forged access tokens: every one of them is refused as not valid, and none breaks the verifier."""

import base64
import hashlib
import hmac
import json
import math
import time
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from jose import jwt

from libs.chassis import ids
from libs.chassis.security.tokens import InvalidToken, Signer, Verifier, new_private_key
from libs.contracts.token import LONGEST, Principal

KEY = new_private_key()
STRANGER = new_private_key()
SIGNER = Signer(KEY)
NEXT = new_private_key()
PUBLISHED = Signer(KEY, NEXT).jwks()
# Made when the tests are collected, and used when their turn comes: as long as a token may be.
GOOD = SIGNER.issue(Principal(account_id=ids.new_id(), session_id=ids.new_id()), ttl=int(LONGEST.total_seconds()))
TIMES = ("exp", "iat", "nbf")
HEADER: dict[str, Any] = jwt.get_unverified_header(GOOD)
CLAIMS: dict[str, Any] = jwt.get_unverified_claims(GOOD)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def part(value: object) -> str:
    return b64(json.dumps(value).encode())


def sign(claims: dict[str, Any], *, key: str = KEY, **header: Any) -> str:
    headers = {name: value for name, value in {**HEADER, **header}.items() if value is not None}
    return str(jwt.encode(claims, key, algorithm="ES256", headers=headers))


def raw(header: object, claims: object) -> str:
    """Sign with our key whatever JSON can say, also what a library would not write."""
    body = f"{part(header)}.{part(claims)}"
    key = serialization.load_pem_private_key(KEY.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(key.sign(body.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{body}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def hs(secret: bytes, algorithm: str = "HS256", **header: Any) -> str:
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
    body = f"{part({**HEADER, 'alg': algorithm, **header})}.{part(CLAIMS)}"
    return f"{body}.{b64(hmac.new(secret, body.encode(), digest).digest())}"


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CLAIMS.items() if key != name}


def public(form: str) -> bytes:
    key = serialization.load_pem_private_key(KEY.encode(), None).public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    match form:
        case "pem":
            return key.public_bytes(serialization.Encoding.PEM, spki)
        case "der":
            return key.public_bytes(serialization.Encoding.DER, spki)
        case "point":
            return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        case _:
            return json.dumps(PUBLISHED["keys"][0]).encode()


def forged() -> Iterator[tuple[str, str]]:
    head, body, signature = GOOD.split(".")
    algorithms: tuple[Any, ...] = (
        "none",
        "None",
        "NONE",
        "nOnE",
        "",
        None,
        0,
        [],
        {},
        "ES384",
        "ES256K",
        "RS256",
        "PS256",
        "es256",
    )
    for alg in algorithms:
        yield f"alg {alg!r}, no signature", f"{part({**HEADER, 'alg': alg})}.{body}."
        yield f"alg {alg!r}, old signature", f"{part({**HEADER, 'alg': alg})}.{body}.{signature}"
    for form in ("pem", "der", "jwk", "point"):
        for algorithm in ("HS256", "HS384", "HS512"):
            yield f"{algorithm} with the public key as {form}", hs(public(form), algorithm)
    yield "HS256 with an empty key", hs(b"")
    yield "HS256 with the kid as key", hs(SIGNER.kid.encode())
    yield "HS256 signature under alg ES256", hs(public("pem"), alg="ES256")
    yield "another key under our kid", sign(CLAIMS, key=STRANGER)
    yield "another key under its own kid", sign(CLAIMS, key=STRANGER, kid=Signer(STRANGER).kid)
    yield "our key under the next key's kid", sign(CLAIMS, kid=Signer(NEXT).kid)
    for kid in (
        "../../../../dev/null",
        "/etc/passwd",
        "' OR 1=1 --",
        "a\x00b",
        "",
        "x" * 4000,
        7,
        None,
        [SIGNER.kid],
        {"a": 1},
    ):
        yield (
            f"kid {'[ours]' if isinstance(kid, list) else str(kid)[:20]!r}",
            (sign(CLAIMS, key=STRANGER, kid=kid) if kid else f"{part({**HEADER, 'kid': kid})}.{body}.{signature}"),
        )
    for name in ("jku", "x5u"):
        yield name, sign(CLAIMS, key=STRANGER, **{name: "http://127.0.0.1:9/jwks.json"})
    yield "jwk in the header", sign(CLAIMS, key=STRANGER, jwk=Signer(STRANGER).jwks()["keys"][0])
    yield (
        "jwk in the header and its kid",
        sign(CLAIMS, key=STRANGER, jwk=Signer(STRANGER).jwks()["keys"][0], kid=Signer(STRANGER).kid),
    )
    yield "x5c in the header", sign(CLAIMS, key=STRANGER, x5c=["AAAA"])
    for name, value in (
        ("crit", ["exp"]), ("crit", []), ("crit", ["b64"]), ("crit", None), ("b64", False), ("b64", True),
        ("zip", "DEF"), ("cty", "JWT"), ("enc", "A128GCM"), ("url", "http://127.0.0.1:9/"), ("exp", 0), ("x5t", "AA"),
    ):  # fmt: skip
        yield f"{name} {value!r} in the header", raw({**HEADER, name: value}, CLAIMS)
    yield "b64 and crit in the header", raw({**HEADER, "b64": False, "crit": ["b64"]}, CLAIMS)
    for typ in ("JWT", "at+JWT ", "id+jwt", "", None):
        yield (
            f"typ {typ!r}",
            sign(CLAIMS, typ=typ) if typ else f"{part({**HEADER, 'typ': typ})}.{body}.{signature}",
        )
    wrong: tuple[tuple[str, tuple[Any, ...]], ...] = (
        ("aud", ("other", "", ["other"], 7, {})),
        ("iss", ("evil", "", 7, ["bijou", "evil"])),
        ("sub", ("", "admin", "1", 7, "../x")),
        ("sid", ("", "x", 7, None)),
        (
            "exp",
            (
                0,
                -1,
                int(time.time()) - 60,
                "soon",
                None,
                math.inf,
                -math.inf,
                math.nan,
                1e300,
                10**400,
                True,
                time.time() + 600.5,
                str(int(time.time()) + 600),
                [int(time.time()) + 600],
                int(time.time()) + 7200,
            ),
        ),
        ("iat", (math.inf, math.nan, -1, 10**400, True, "now", None, [], CLAIMS["iat"] + 0.5, CLAIMS["iat"] - 7200)),
        ("nbf", (int(time.time()) + 3600,)),
        ("pid", ("x", 7, "", [], {})),
        ("did", ("x", 7, "")),
        ("mat", ("adult", None, [], {}, math.inf, -math.inf, math.nan, 1e300, 10**400, True, "18", 18.0, 19, -1)),
        ("kids", (None, 0, 1, "false", "", [], math.nan)),
        (
            "roles",
            (
                None,
                7,
                "super_admin",
                {"super_admin": True},
                [7],
                [None],
                [["super_admin"]],
                [True],
                [""],
                ["x" * 100],
                ["support"] * 40,
            ),
        ),
        ("country", (None, 7, "", "USA", [], True)),
        ("ver", (None, -1, True, "1", 1.0, math.inf)),
    )
    for name, values in wrong:
        for number, value in enumerate(values):
            # Without the times, which differ from one collection to the next.
            shown = f"{value!r}"[:40] if name not in TIMES else f"{type(value).__name__} {number}"
            yield f"{name} {shown}", raw(HEADER, {**CLAIMS, name: value})
    for name in ("aud", "iss", "sub", "sid", "exp", "iat", "mat", "kids", "roles", "country"):
        yield f"no {name}", sign(without(name))
    yield "roles raised, old signature", f"{head}.{part({**CLAIMS, 'roles': ['super_admin']})}.{signature}"
    yield "signature cut", GOOD[:-4]
    yield "signature empty", f"{head}.{body}."
    yield "signature of zeros", f"{head}.{body}.{b64(bytes(64))}"
    yield "signature of ones", f"{head}.{body}.{b64(bytes([255]) * 64)}"
    yield "signature in DER", f"{head}.{body}.{b64(bytes([48, 6, 2, 1, 1, 2, 1, 1]))}"
    yield "signature of another token", f"{head}.{part({**CLAIMS, 'sub': str(ids.new_id())})}.{signature}"
    yield "two parts", f"{head}.{body}"
    yield "four parts", f"{GOOD}.{signature}"
    yield "five parts, as encrypted", f"{head}..{body}.{signature}.{signature}"
    yield "oversized", sign({**CLAIMS, "padding": "x" * 9000})
    yield "a megabyte", "a." * 500_000
    yield "deeply nested", f"{b64(b'[' * 5000)}.{body}.{signature}"
    yield "header that is a list", f"{part([HEADER])}.{body}.{signature}"
    yield "claims that are a list", f"{head}.{part([CLAIMS])}.{signature}"
    yield "claims that are no JSON", f"{head}.{b64(b'{')}.{signature}"
    yield "not UTF-8", f"{b64(bytes([255, 254]))}.{body}.{signature}"
    for text in ("", ".", "..", "...", "null", "é.é.é", "\ud800.a.b", "Bearer " + GOOD, GOOD + "=", " "):
        yield f"text {text[:10]!r}", text


CASES = list(forged())


def test_there_are_enough_of_them_and_the_good_one_is_good() -> None:
    assert len(CASES) >= 60


async def test_the_good_token_is_accepted() -> None:
    for token in (GOOD, raw(HEADER, CLAIMS), raw(HEADER, without("ver"))):
        who = await Verifier(keys=PUBLISHED).verify(token)
        assert (str(who.account_id), who.issued, who.expires) == (CLAIMS["sub"], CLAIMS["iat"], CLAIMS["exp"])


@pytest.mark.parametrize("token", [case[1] for case in CASES], ids=[case[0] for case in CASES])
async def test_it_is_refused(token: str) -> None:
    with pytest.raises(InvalidToken):
        await Verifier(keys=PUBLISHED).verify(token)


async def test_keys_of_other_kinds_are_never_taken_up() -> None:
    secret = {"kty": "oct", "kid": "s", "k": b64(b"secret")}
    numbers = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key().public_numbers()
    big = {"kty": "RSA", "kid": "r", "n": b64(numbers.n.to_bytes(256, "big")), "e": "AQAB"}
    curve = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    other = {
        "kty": "EC",
        "crv": "P-384",
        "kid": "c",
        "x": b64(curve.x.to_bytes(48, "big")),
        "y": b64(curve.y.to_bytes(48, "big")),
    }
    verifier = Verifier(keys={"keys": [secret, big, other, *PUBLISHED["keys"]]})
    for kid in ("s", "r", "c"):
        with pytest.raises(InvalidToken):
            await verifier.verify(hs(b"secret", kid=kid))


async def test_a_refused_token_is_refused_again() -> None:
    verifier = Verifier(keys=PUBLISHED)
    token = sign(CLAIMS, key=STRANGER)
    for _ in range(3):
        with pytest.raises(InvalidToken):
            await verifier.verify(token)
