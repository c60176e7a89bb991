"""What ARCHITECTURE.md shows of the platform: the drawing and the table of parts, made from the topology."""

from __future__ import annotations

from collections.abc import Iterable

from deploy.deployable import Edge, Service, Url
from deploy.topology import BACKENDS, EDGE, GATEWAY, SERVICES

BEGIN = "<!-- {name}: made from deploy/topology.py by `make generate` -->"
END = "<!-- end of {name} -->"


def drawing() -> str:
    """The platform as a Mermaid flow chart."""
    behind = _joined(each.name for each in SERVICES if each.serves)
    events = _joined(each.name for each in SERVICES if each.publishes or each.consumes)
    workers = [each for each in SERVICES if each.shares]
    asked = [value.of for value in EDGE.told.values() if isinstance(value, Url) and value.of != GATEWAY.name]
    lines = [
        "```mermaid",
        "flowchart LR",
        "  viewer([browser, phone, TV]) --> edge",
        "  staff([staff, studio]) --> edge",
        "  subgraph front [one public port]",
        '    edge["edge (nginx)<br/>checks grants, caches, serves the web app"]',
        "  end",
        '  edge -- /api --> gateway["gateway<br/>authentication, limits, composition"]',
        "  edge -- /media, /images --> store[(object store)]",
        f"  gateway --> {behind}",
        *(f"  edge -. learns what has ended .-> {name}" for name in asked),
        *(f"  {each.shares} --> queue[(jobs in Postgres)] --> {each.name} --> store" for each in workers),
        f"  {events} <-. events .-> kafka{{{{Kafka}}}}",
        "  gateway <-. revocations .- kafka",
        "```",
    ]
    return "\n".join(lines)


def table() -> str:
    """One row for each deployable of ours."""
    rows = [["part", "owns", "needs", "tells", "hears"], ["---"] * 5]
    for service in (GATEWAY, *(each for each in SERVICES if each is not GATEWAY)):
        told, heard = (", ".join(f"`{topic}`" for topic in topics) for topics in (service.publishes, service.consumes))
        rows.append([_link(service), service.owns, _names(service), told, heard])
    rows.append([_link(EDGE), EDGE.owns, _names(EDGE), "", ""])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def filled(page: str) -> str:
    """ARCHITECTURE.md with its drawing and its table as they should be. Raises ValueError where it has no place for one."""
    for name, made in (("drawing", drawing()), ("table", table())):
        begin, end = BEGIN.format(name=name), END.format(name=name)
        before, found, rest = page.partition(begin)
        _, ended, after = rest.partition(end)
        if not (found and ended):
            raise ValueError(f"ARCHITECTURE.md has no place for its {name}, between {begin} and {end}")
        page = f"{before}{begin}\n{made}\n{end}{after}"
    return page


def _joined(names: Iterable[str]) -> str:
    return " & ".join(names)


def _link(each: Service | Edge) -> str:
    return f"[{each.name}]({each.package.replace('.', '/')}/README.md)"


def _names(each: Service | Edge) -> str:
    return ", ".join(backend.name for backend in BACKENDS if backend in each.needs)
