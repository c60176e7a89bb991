"""Every setting is read somewhere: one that nobody reads is a promise to operators that nothing keeps."""

import ast
from collections.abc import Iterator

import pytest

from deploy.local import generate
from deploy.local.settings_classes import settings_class
from deploy.topology import SERVICES
from libs.chassis.settings import ServiceSettings

FOLDERS = ("libs", "services", "gateway", "pipelines", "demo")
PACKAGES = sorted({service.package for service in SERVICES})


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


@pytest.mark.parametrize("package", PACKAGES)
def test_what_a_service_alone_is_told_it_reads(package: str) -> None:
    own = set(settings_class(package).model_fields) - set(ServiceSettings.model_fields)

    assert own - read(package.replace(".", "/"), "libs/chassis") == set()
