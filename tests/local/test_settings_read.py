"""Every setting is read somewhere: one that nobody reads is a promise to operators that nothing keeps."""

import ast
from collections.abc import Iterator

import pytest

from deploy.local import generate
from deploy.local.platform import PARTS
from libs.chassis.settings import ServiceSettings

FOLDERS = ("libs", "services", "gateway", "pipelines", "deploy/local/demo")
TARGETS = [part.target for part in PARTS if part.target.endswith(".main")]


def read(*folders: str) -> set[str]:
    """Names that the code in these folders reads as attributes."""

    def names() -> Iterator[str]:
        for folder in folders:
            for path in (generate.ROOT / folder).rglob("*.py"):
                for node in ast.walk(ast.parse(path.read_text())):
                    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                        yield node.attr

    return set(names())


def test_what_every_service_is_told_is_read() -> None:
    assert set(ServiceSettings.model_fields) - read(*FOLDERS) == set()


@pytest.mark.parametrize("target", TARGETS)
def test_what_a_service_alone_is_told_it_reads(target: str) -> None:
    own = set(generate._settings_class(target).model_fields) - set(ServiceSettings.model_fields)

    assert own - read(target.rpartition(".")[0].replace(".", "/"), "libs/chassis") == set()
