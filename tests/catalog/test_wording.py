"""What a moderator sees before others do."""

import pytest

from services.catalog.wording import Wording


@pytest.mark.parametrize(
    ("text", "concerns"),
    [
        ("See https://evil.example/x", ["link"]),
        ("write to me@evil.example", ["link"]),
        ("evil\u200b.com and ｅｖｉｌ．ｃｏｍ", ["link"]),
        ("bit.ly/abc", ["link"]),
        ("an ÀsSh\u00adole of a hero", ["word"]),
        ("whore http://x.y", ["link", "word"]),
        ("our own word: Kwyjibo!", ["word"]),
        ("evil.shop", ["link"]),
        ("evil。com, evil[.]com or evil (dot) com", ["link"]),
        ("go to evil . com", ["link"]),
        ("evil{.}shop", ["link"]),
        ("ｅｖｉｌ。ｓｈｏｐ", ["link"]),
        ("seen at cinema.berlin", ["link"]),
        ("пример.рф", ["link"]),
        ("see xn--e1afmkfd.xn--p1ai", ["link"]),
        ("at XN--E1AFMKFD.com", ["link"]),
        ("192.168.0.1:8080/x", ["link"]),
        ("all of it at 93.184.216.34.", ["link"]),
        ("[2001:db8::1]/x", ["link"]),
        ("www evil com", ["link"]),
        ("http evil shop", ["link"]),
        ("bitches!", ["word"]),
        ("b1tch", ["word"]),
        ("a b!tch of a film", ["word"]),
        ("cyrillic bіtch", ["word"]),
        ("what a biiiitch", ["word"]),
        ("Сука, блин: хороший фильм. Очень.", []),
        ("It was great.It is.so good.and then I wept.me too", []),
        ("3D at 4K: 1h 52 min. Watch the film.now", []),
        ("A dot in the sky. The polka dot dress, no dot there.", []),
        ("Ex Machina, 2.5 stars of 5. Great.I wept... e.g. at 3.14 and/or later: 10:30", []),
        ("The www was young then, and version 1.2.3 of 10.0 too.", []),
        ("It says www all over. On 24.12.1999 it began [1:2].", []),
        ("The Scunthorpe whorehouse? No such substring.", []),
    ],
)
def test_what_a_moderator_sees_first(text: str, concerns: list[str]) -> None:
    assert list(Wording(["kwyjibo"]).concerns(text)) == concerns
