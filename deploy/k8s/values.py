"""What an installation chooses: each value once, with what Kustomize's files have and where Helm's chart finds it.

A value stands in an object as a word between §; `kustomize` and `helm` are the two ways to write it out.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from deploy.containers import deployables
from deploy.deployable import Service

MARK = re.compile(r"'?§([a-z-]+)(?:\.([a-zA-Z-]+))?(?:\.([a-zA-Z]+))?§'?")
VERSION = "0.1.0"
NAMESPACE = "bijou"
# Memory may be used up to so many times of what is asked for; processors without a limit.
MEMORY_FACTOR = 2
# Components that an installation may have, in the order in which they are laid over the base.
COMPONENTS = (
    "backends", "valkey", "postgres", "kafka", "secrets", "door", "autoscaling", "monitoring", "outside", "canary", "regions",
)  # fmt: skip
REGIONS = ("eu-central", "us-east")


def defaults() -> dict[str, Any]:
    """The chart's values.yaml: everything that may be chosen, as Kustomize's base has it."""
    return {
        "image": {"registry": "bijou", "tag": VERSION},
        "platform": {
            "publicUrl": "http://127.0.0.1:8080",
            "kafkaBootstrap": "kafka:9092",
            "kafkaSecurity": "plaintext",
            "kafkaCaFile": "",
            "objectStoreUrl": "s3://bijou?endpoint=http://objects:8333&region=us-east-1",
            "trustedProxies": "",
            "sandboxPayments": "false",
            "mailSender": "Bijou <no-reply@films.example>",
        },
        "components": dict.fromkeys(COMPONENTS, False),
        # Parts with a database scale no further than its connections reach (components.CONNECTIONS).
        "scale": {"min": 3, "max": 30, "databaseMax": 6, "workersMin": 1, "workersMax": 50},
        "edge": {"cacheSize": "10g", "cacheVolume": "12Gi"},
        "door": {"class": "envoy", "host": "films.example", "issuer": "letsencrypt"},
        "secrets": {"store": "bijou", "prefix": "bijou"},
        "postgres": {"instances": 3, "size": "50Gi", "backups": "s3://bijou-backups/postgres", "kept": "30d"},
        "kafka": {"size": "100Gi", "replicas": 3, "version": "4.1.1"},
        "prometheus": {"url": "http://prometheus-operated.monitoring.svc:9090", "namespace": "monitoring"},
        "keda": {"namespace": "keda"},
        "regions": list(REGIONS),
        "parts": {
            each.name: {
                "cpu": f"{int(each.resources.cores * 1000)}m",
                "memory": f"{each.resources.memory}Mi",
                "memoryLimit": f"{each.resources.memory * MEMORY_FACTOR}Mi",
            }
            for each in deployables()
        },
    }


DEFAULTS = defaults()


class Quoted(str):
    """A text that stays one whatever is filled in: `false`, `10` and nothing at all too."""

    __slots__ = ()


def _default(first: str, second: str | None, third: str | None) -> str:
    if (first, second) == ("version", None):
        return VERSION.replace(".", "-")
    if (first, second) == ("region", None):
        raise KeyError("a region is filled in by who writes a component for it")
    found = DEFAULTS[first]
    for key in (second, third):
        found = found[key] if key else found
    return str(found)


def kustomize(text: str) -> str:
    """Text with every value as it is by default."""
    return MARK.sub(lambda mark: _quoted(mark[0], _default(*mark.groups())), text)


def helm(text: str) -> str:
    """Text with every value where the chart finds it. What was quoted stays quoted."""

    def expression(mark: re.Match[str]) -> str:
        first, second, third = mark.groups()
        if (first, second) == ("version", None):
            found = '{{ $.Values.image.tag | replace "." "-" }}'
        elif (first, second) == ("region", None):
            found = "{{ $region }}"
        elif first == "parts":
            found = f'{{{{ (index $.Values.parts "{second}").{third} }}}}'
        else:
            found = f"{{{{ $.Values.{first}.{second} }}}}"
        return _quoted(mark[0], found)

    assert "{{" not in text, "an object holds Helm's syntax"
    return MARK.sub(expression, text)


def _quoted(mark: str, value: str) -> str:
    return f"'{value}'" if mark.startswith("'") and mark.endswith("'") else value


class _Plain(yaml.SafeDumper):
    """Writes everything where it is used: no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Plain.add_representer(
    Quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="'")
)


def documents(objects: list[dict[str, Any]]) -> str:
    """Objects as documents of YAML, their values still marked."""
    return "---\n".join(
        yaml.dump(each, Dumper=_Plain, sort_keys=False, width=1000, allow_unicode=True) for each in objects
    )


def services() -> list[Service]:
    """Everything of ours but the edge."""
    return [each for each in deployables() if isinstance(each, Service)]
