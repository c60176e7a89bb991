"""The Spark operator's manifest is what the operator takes: each field one that its resource has, with a value of its type.

`scheduled-spark-application.json.gz` is the schema of that resource, without its descriptions, from kubeflow/spark-operator 2.4.0
(`config/crd/bases`, Apache-2.0).
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

HERE = Path(__file__).parent
MANIFEST = HERE.parents[1] / "deploy" / "k8s" / "lake-jobs.yaml"


def strict(schema: Any) -> Any:
    """The same, in which a field that is not named is none, as the API server's strict validation has it."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(value) for name, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(gzip.decompress((HERE / "scheduled-spark-application.json.gz").read_bytes()))
    # Of the metadata the API server knows more than the resource's schema says.
    schema["properties"]["metadata"] = {
        "type": "object",
        "required": ["name"],
        "x-kubernetes-preserve-unknown-fields": True,
    }
    return jsonschema.Draft202012Validator(strict(schema))


def test_the_manifest_is_one_that_the_operator_takes(validator: jsonschema.Draft202012Validator) -> None:
    assert [error.message for error in validator.iter_errors(yaml.safe_load(MANIFEST.read_text()))] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schedul", "15 * * * *"),
        ("template.driver.memry", "2g"),
        ("template.executor.instances", "two"),
        ("template.type", "Ruby"),
    ],
)
def test_a_field_that_there_is_not_and_a_value_of_another_type_are_found(
    validator: jsonschema.Draft202012Validator, path: str, value: str
) -> None:
    manifest = yaml.safe_load(MANIFEST.read_text())
    *above, name = path.split(".")
    part = manifest["spec"]
    for each in above:
        part = part[each]
    part[name] = value
    assert list(validator.iter_errors(manifest))
