"""The countries there are."""

from pathlib import Path

# ISO 3166-1 alpha-2.
COUNTRIES = frozenset((Path(__file__).parent / "countries.txt").read_text().split())


def known(code: str) -> str:
    """Return the code of a country. Raises `ValueError` where no country has it."""
    if code not in COUNTRIES:
        raise ValueError("no country has this code (ISO 3166-1 alpha-2)")
    return code
