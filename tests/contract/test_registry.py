"""Events register themselves: whoever declares one has told everybody, and nobody can declare one twice."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import ClassVar

import pytest

from deploy.local import asyncapi
from libs import contracts
from libs.contracts.catalog import TITLES, TitleChanged
from libs.contracts.envelope import DECLARED, Event, Topic, WrongContract
from libs.contracts.registry import EVENTS, TOPICS

FILES = sorted(Path(contracts.__path__[0]).glob("*.py"))


def declared(path: Path) -> set[str]:
    """The classes in a file that call themselves events."""
    classes = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)]
    return {node.name for node in classes if any(isinstance(b, ast.Name) and b.id == "Event" for b in node.bases)}


def test_every_event_of_every_file_is_known_with_its_topic() -> None:
    assert {kind.__name__ for kind in EVENTS.values()} == set().union(*map(declared, FILES))
    assert {name: kind.TYPE for name, kind in EVENTS.items()} == {name: name for name in EVENTS}
    assert all(TOPICS[kind.TOPIC.name] is kind.TOPIC for kind in EVENTS.values())
    assert TOPICS["identity.accounts"].compacted


def test_a_topic_is_declared_where_its_events_are() -> None:
    homes: dict[str, set[str]] = {}
    for kind in EVENTS.values():
        homes.setdefault(kind.TOPIC.name, set()).add(kind.__module__)
    assert {topic: len(modules) for topic, modules in homes.items()} == dict.fromkeys(TOPICS, 1)


def test_events_of_two_producers_that_are_called_alike_are_described_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.contracts.envelope.DECLARED", {})

    def changed(module: str) -> type[Event]:
        topic = Topic(f"{module}.things", "thing", "what happens to things")
        said = {
            "__module__": module,
            "__annotations__": {module: "str"},
            "TYPE": f"{module}.changed.v1",
            "TOPIC": topic,
        }
        return type("Changed", (Event,), said)

    kinds = {kind.TYPE: kind for kind in (changed("one"), changed("two"))}
    monkeypatch.setattr(asyncapi, "EVENTS", kinds)
    components = asyncapi.document()["components"]
    places = [components["messages"][name]["payload"]["$ref"].rpartition("/")[2] for name in kinds]
    assert [set(components["schemas"][place]["properties"]) for place in places] == [{"one"}, {"two"}]


def test_a_type_is_declared_once() -> None:
    with pytest.raises(
        WrongContract, match=r"title\.changed\.v1 is declared twice: by libs\.contracts\.catalog\.TitleChanged"
    ):

        class Again(Event):
            TYPE: ClassVar[str] = TitleChanged.TYPE
            TOPIC: ClassVar[Topic] = TITLES

    assert DECLARED[TitleChanged.TYPE] is TitleChanged


def test_a_topic_is_declared_once() -> None:
    with pytest.raises(WrongContract, match=r"topic catalog\.titles is declared twice"):

        class Elsewhere(Event):
            TYPE: ClassVar[str] = "bijou.tests.elsewhere.v1"
            TOPIC: ClassVar[Topic] = Topic("catalog.titles", "title", "the same name, and perhaps not compacted")

    assert "bijou.tests.elsewhere.v1" not in DECLARED


def test_an_event_says_its_own_type_and_topic() -> None:
    with pytest.raises(WrongContract, match="Nameless must say its TYPE and TOPIC"):

        class Nameless(TitleChanged):
            pass
