"""Cells that a spreadsheet would calculate: written with an apostrophe before them, read without it (OWASP, CSV injection)."""

from __future__ import annotations

STARTS = frozenset("=+-@\t\r\n＝＋－＠")


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet calculates; one that looks guarded already gets another apostrophe, so none is lost."""
    return f"'{cell}" if cell.lstrip("'")[:1] in STARTS else cell


def unguarded(cell: str) -> str:
    """Return what was guarded."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'")[:1] in STARTS else cell
