"""A report of an experiment as a picture: a line for each comparison, its interval beside nought, in SVG by itself."""

from __future__ import annotations

from html import escape

from services.events.schemas.experiments import Compared, ExperimentReport

WIDTH, LINE, LEFT, TOP = 900, 34, 300, 96
TRUSTED = "arms are of the sizes they were given out in"
MISTRUSTED = "ARMS ARE NOT OF THE SIZES THEY WERE GIVEN OUT IN: believe nothing"
COLOURS = {"better": "#1a7f4b", "worse": "#b3261e", "undecided": "#5f6673"}


def svg(report: ExperimentReport) -> str:
    """Return the picture. Each line has a scale of its own: what matters is on which side of nought its interval is."""
    rows = [*report.results, *report.segments]
    height = TOP + LINE * len(rows) + 24
    trust = TRUSTED if report.trustworthy else MISTRUSTED
    arms = ", ".join(f"{arm.arm}: {arm.profiles:,}" for arm in report.arms)
    said = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="system-ui, sans-serif" font-size="13" role="img">',
        f"<title>{escape(report.name)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(20, 30, f"{report.name} ({report.status})", size=18, weight=600),
        _text(20, 52, f"{report.computed_at:%Y-%m-%d %H:%M} UTC · profiles: {arms}"),
        _text(20, 72, trust, fill="#5f6673" if report.trustworthy else "#b3261e"),
        f'<line x1="{_x(0.0)}" y1="{TOP - 12}" x2="{_x(0.0)}" y2="{height - 16}" stroke="#c6cad2"/>',
    ]
    for place, row in enumerate(rows):
        said += _line(row, TOP + LINE * place)
    return "\n".join([*said, "</svg>\n"])


def _line(row: Compared, y: int) -> list[str]:
    name = f"{row.measure} · {row.arm}" + (
        f" · {row.segment}" if row.segment else " (guardrail)" if row.guardrail else ""
    )
    drawn = [_text(20, y + 18, name)]
    if row.low is None or row.high is None or row.estimate is None:
        return [*drawn, _text(_x(0.0) + 8, y + 18, "not enough profiles yet", fill="#5f6673")]
    reach = max(abs(row.low), abs(row.high)) or 1.0
    low, middle, high = (_x(value / reach) for value in (row.low, row.estimate, row.high))
    colour = COLOURS[row.verdict]
    return [
        *drawn,
        f'<line x1="{low}" y1="{y + 14}" x2="{high}" y2="{y + 14}" stroke="{colour}" stroke-width="3" stroke-linecap="round"/>',
        f'<circle cx="{middle}" cy="{y + 14}" r="5" fill="{colour}"/>',
        _text(WIDTH - 190, y + 18, f"{row.estimate:+.3g} [{row.low:+.3g}, {row.high:+.3g}]", fill=colour),
    ]


def _x(value: float) -> float:
    """Return where a value from -1 to 1 is."""
    half = (WIDTH - LEFT - 210) / 2
    return round(LEFT + half + value * half, 1)


def _text(x: float, y: float, words: str, *, size: int = 13, weight: int = 400, fill: str = "#1c1f26") -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{fill}">{escape(words)}</text>'
