"""Words that mean something to a search whatever the catalogue: articles, words that say little, numbers, kinds of titles."""

from __future__ import annotations


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


ARTICLES = _words("the a an el la los las un una le les der die das il lo gli i het de o os as")
# They count only for as little as they say.
STOP = _words(
    "a an and are as at be by for from in is it its of on or that the this to was were with who whom whose which where when"
    " what how i me my we our us you your he him his she her they them their there here into onto over about than then so if"
    " but not no do does did has have had will would can could"
    " de la le el los las un une una les des du et en y o der die das und den dem il lo gli di da del della"
)
# What people write around what they mean.
CHATTER = _words("watch full online free hd netflix stream streaming one called named something some like")
# What people write around what they wish for in a sentence.
WISHING = _words(
    "want wanna would like looking look find show recommend please tonight today best good great nice rated top mood feel give"
)
TYPES = {
    **dict.fromkeys(_words("movie movies film films feature features filme filmes filmen pelicula peliculas"), "movie"),
    **dict.fromkeys(_words("series show shows tv season seasons serie serien"), "series"),
}
DIGITS = {
    word: str(number)
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
}
WORDS = {digits: word for word, digits in DIGITS.items()}
_ROMAN = "ii iii iv v vi vii viii ix x xi xii xiii".split()  # noqa: SIM905
ROMANS = {word: str(number) for number, word in enumerate(_ROMAN, 2)}
ORDINALS = {"first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th"}
SAME_NUMBER = {**WORDS, **ORDINALS, **ROMANS, **DIGITS}
DECADES = {
    word: 1920 + 10 * place
    for place, word in enumerate(
        ("twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties")
    )
}
# Stems that mean the same genre as another word's.
SAME_GENRE = {
    "romant": "romanc", "scifi": "sci fi", "docu": "documentari", "docuseri": "documentari", "standup": "stand up",
    "kid": "children", "famili": "famili",
}  # fmt: skip
# The same for two of them together.
SAME_GENRE_IN_TWO = {"scienc fiction": "sci fi"}
# Short for what is a country or a genre.
SHORT_FOR = {
    **dict.fromkeys(("kdrama", "kdramas", "k drama", "k dramas"), "korean drama"),
    **dict.fromkeys(("romcom", "romcoms", "rom com", "rom coms"), "romantic comedy"),
}
# In the name of a genre these tell it from no other: "TV Dramas" and "Dramas" are one.
NO_GENRE = _words("and tv show seri movi film featur")
# For whom something is: in the name of a title for grown-ups they say nothing of that.
FOR_CHILDREN = _words("kid kids child children childrens toddler toddlers")
# They may be in the name of a genre, but alone in a sentence they are whom a story is about, or how somebody goes.
TOLD_OF = _words("family families kid kids child children animal animals up")
# Moods, and the stems of the genres that have them.
MOODS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_words("funny hilarious silly witty laugh"), ("comedi",)),
    **dict.fromkeys(_words("scary frightening creepy spooky terrifying"), ("horror",)),
    **dict.fromkeys(_words("tense gripping suspenseful thrilling"), ("thriller",)),
    **dict.fromkeys(_words("exciting explosive adventurous"), ("action", "adventur")),
    **dict.fromkeys(_words("romantic lovely"), ("romanc",)),
    **dict.fromkeys(_words("sad moving serious heartbreaking cry tearjerker"), ("drama",)),
    **dict.fromkeys(_words("violent bloody gory brutal"), ("horror", "action", "crime")),
    **dict.fromkeys(
        ("feel good", "heartwarming", "cosy", "cozy", "gentle", "uplifting"), ("famili", "comedi", "romanc")
    ),
    **dict.fromkeys(_words("dark gloomy"), ("thriller", "crime", "horror")),
    **dict.fromkeys(("true story", "educational", "informative"), ("documentari",)),
}
