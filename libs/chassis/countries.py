"""The countries there are."""

from pathlib import Path

from libs.chassis import faults

# ISO 3166-1 alpha-2.
WRITTEN = faults.form(r"^[A-Z]{2}$", "must be a country in two capital letters, as IE (ISO 3166-1 alpha-2)")
COUNTRIES = frozenset((Path(__file__).parent / "countries.txt").read_text().split())


def known(code: str) -> str:
    """Return the code of a country. Raises `ValueError` where no country has it."""
    if code not in COUNTRIES:
        raise ValueError("is the code of no country (ISO 3166-1 alpha-2)")
    return code
