"""What operators of Kubernetes get: whole, valid by the schemas of its kinds, held to the restricted profile, and the table's.

Kustomize's overlays and Helm's chart are built by the real kubectl and helm, which `make check-deploy` fetches.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from referencing import Registry
from referencing.jsonschema import DRAFT7

from deploy import containers, topology
from deploy.containers import asks, deployables, told
from deploy.deployable import Queue, Service
from deploy.k8s import components, render
from deploy.k8s.values import COMPONENTS, VERSION
from deploy.k8s.workloads import BACKEND, PART
from deploy.topology import BACKENDS, EDGE, KAFKA, SERVICES, owns_database
from libs.chassis.data.database import BACKGROUND, Database
from libs.chassis.messaging.bus import EPOCH_TOPIC
from libs.contracts.registry import TOPICS
from services.playback import settings as playback
from tests.deploy import operate

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy/helm/bijou"
OVERLAYS = ("dev", "staging", "production")
SCHEMAS = "lib/python3.11/site-packages/kubernetes_validate/kubernetes-json-schema/v1.37.0-local-strict"
# Which Go module carries the definitions of a group's kinds, and where.
DEFINITIONS = {
    "keda.sh": ("github.com/kedacore/keda/v2", "config/crd/bases"),
    "gateway.networking.k8s.io": ("sigs.k8s.io/gateway-api", "config/crd/standard"),
    "monitoring.coreos.com": ("github.com/prometheus-operator/prometheus-operator", "example/prometheus-operator-crd"),
    "cert-manager.io": ("github.com/cert-manager/cert-manager", "deploy/crds"),
    "argoproj.io": ("github.com/argoproj/argo-rollouts", "manifests/crds"),
    "external-secrets.io": ("github.com/external-secrets/external-secrets", "config/crds/bases"),
    "postgresql.cnpg.io": ("github.com/cloudnative-pg/cloudnative-pg", "config/crd/bases"),
}
# Strimzi's definitions are in no registry that a test can reach: its objects are compared with the table and no more.
NOT_VALIDATED = ("kafka.strimzi.io",)

Object = dict[str, Any]
every_overlay = pytest.mark.parametrize("overlay", OVERLAYS)


@cache
def built(overlay: str) -> list[Object]:
    """An overlay's objects, by Kustomize."""
    text = operate.run("kubectl", "kustomize", str(ROOT / "deploy/k8s/overlays" / overlay))
    return [each for each in yaml.safe_load_all(text) if each]


@cache
def charted(overlay: str) -> list[Object]:
    """The chart's objects, by Helm, with the values of the same name."""
    text = operate.run(
        "helm", "template", "bijou", str(CHART), "--namespace", "bijou", "--values", str(CHART / f"values-{overlay}.yaml")
    )  # fmt: skip
    return [each for each in yaml.safe_load_all(text) if each]


def group(each: Object) -> str:
    return str(each["apiVersion"]).rpartition("/")[0]


def named(objects: list[Object], kind: str) -> dict[str, Object]:
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == kind}


def pods(objects: list[Object]) -> Iterator[tuple[str, Object, Object]]:
    """Every pod that would run: whose it is, its labels, its specification."""
    for each in objects:
        if each["kind"] in ("Deployment", "StatefulSet", "Job"):
            template = each["spec"]["template"]
            yield f"{each['kind']} {each['metadata']['name']}", template["metadata"]["labels"], template["spec"]


def test_what_is_written_is_what_the_table_says() -> None:
    for name, text in render.files().items():
        assert (ROOT / name).read_text() == text, f"{name}: make generate"


@every_overlay
def test_the_chart_is_the_same_objects(overlay: str) -> None:
    def by_name(objects: list[Object]) -> dict[tuple[str, str], Object]:
        found = {}
        for each in objects:
            metadata = {name: value for name, value in each["metadata"].items() if name != "namespace"}
            found[each["kind"], metadata["name"]] = {**each, "metadata": metadata}
        return found

    kustomized, helmed = by_name(built(overlay)), by_name(charted(overlay))
    # A chart does not make the namespace that it is put into.
    assert kustomized.pop(("Namespace", "bijou"))
    assert kustomized.keys() == helmed.keys()
    for key, each in kustomized.items():
        assert each == helmed[key], key


@every_overlay
def test_every_object_keeps_the_schema_of_its_kind(overlay: str) -> None:
    for each in built(overlay):
        if group(each) in NOT_VALIDATED:
            continue
        validator = _definition(each) if group(each) in DEFINITIONS else _schema(each)
        errors = [f"{'/'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(each)]
        assert errors == [], f"{each['kind']} {each['metadata']['name']}"


def test_a_word_that_no_schema_knows_is_seen() -> None:
    deployment = json.loads(json.dumps(named(built("dev"), "Deployment")["catalog"]))
    deployment["spec"]["template"]["spec"]["containers"][0]["redinessProbe"] = {}
    assert list(_schema(deployment).iter_errors(deployment))
    scaled = json.loads(json.dumps(named(built("staging"), "ScaledObject")["catalog"]))
    scaled["spec"]["minReplicas"] = 1
    assert list(_definition(scaled).iter_errors(scaled))


def _schema(each: Object) -> jsonschema.Draft202012Validator:
    first, _, version = str(each["apiVersion"]).rpartition("/")
    name = "-".join(part for part in (each["kind"].lower(), first.partition(".")[0], version) if part)
    path = operate.HOME / "venv" / SCHEMAS / f"{name}.json"
    if not path.exists():
        operate.missing(f"the schema of {each['kind']} ({path.name})")
    return _from_file(path)


@cache
def _from_file(path: Path) -> jsonschema.Draft202012Validator:
    shared = json.loads(path.with_name("_definitions.json").read_text())
    registry = Registry().with_resource("/api/_definitions.json", DRAFT7.create_resource(shared))
    return jsonschema.Draft202012Validator(json.loads(path.read_text()), registry=registry)


class _Definitions(yaml.SafeLoader):
    """Reads definitions in which a lone = is a text: YAML 1.1 has another meaning for it."""


_Definitions.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)


@cache
def _definitions(of: str) -> dict[tuple[str, str], jsonschema.Draft202012Validator]:
    module, folder = DEFINITIONS[of]
    found = {}
    for path in operate.go_file(module, folder).glob("*.yaml"):
        for definition in yaml.load_all(path.read_text(), Loader=_Definitions):
            if not definition or definition.get("kind") != "CustomResourceDefinition":
                continue
            for version in definition["spec"]["versions"]:
                schema = _strict(version["schema"]["openAPIV3Schema"])
                schema["properties"] |= {"metadata": {"type": "object"}}
                key = (f"{definition['spec']['group']}/{version['name']}", definition["spec"]["names"]["kind"])
                found[key] = jsonschema.Draft202012Validator(schema)
    return found


def _definition(each: Object) -> jsonschema.Draft202012Validator:
    return _definitions(group(each))[str(each["apiVersion"]), str(each["kind"])]


def _strict(schema: Any) -> Any:
    """A definition's schema, in which a field that is not named is a mistake, as for the API server's strict reading."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _strict(value) for name, value in schema.items()}
    open_ = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object" and not open_:
        found["additionalProperties"] = False
    if schema.get("x-kubernetes-int-or-string"):
        found.pop("anyOf", None)
        found["type"] = ["integer", "string"]
    if schema.get("nullable"):
        found["type"] = [schema["type"], "null"]
    # Go's expressions, which are not all Python's.
    found.pop("pattern", None) if isinstance(schema.get("pattern"), str) else None
    return found


# ---- the table ----


@every_overlay
@pytest.mark.parametrize("each", deployables(), ids=lambda each: each.name)
def test_each_part_is_there_as_the_table_says(overlay: str, each: Service) -> None:
    objects = built(overlay)
    runs = [pod for _, labels, pod in pods(objects) if labels[PART] == each.name]
    assert runs
    if each.port:
        service = named(objects, "Service")[each.name]["spec"]
        assert service["selector"] == {PART: each.name}
        assert service["ports"][0]["port"] == each.port
    given = told(each, "")
    for pod in runs:
        (container,) = pod["containers"]
        assert container["image"].endswith(f"/{each.name}:{VERSION}")
        variables = {variable["name"] for variable in container["env"]}
        wanted = {f"BIJOU_{backend.setting}" for backend in each.needs}
        assert set(given.variables) <= variables
        assert wanted <= variables | set(given.files)
        assert container.get("command") is None
        if each.port:
            assert container["ports"][0]["containerPort"] == each.port
            assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(container)
        asked = container["resources"]["requests"]
        assert asked["cpu"] == f"{int(each.resources.cores * 1000)}m"
        assert asked["memory"] == f"{each.resources.memory}Mi"
        if isinstance(each, Service) and topology.database(each):
            assert pod["initContainers"][0]["command"] == containers.migration_command(each, wait=True)


def test_a_model_is_trained_in_a_pod_of_its_own_that_is_told_what_recommendation_is() -> None:
    cron: Object = yaml.safe_load((ROOT / "deploy/k8s/training.yaml").read_text())
    served = yaml.safe_load_all((ROOT / "deploy/k8s/base/recommendation.yaml").read_text())
    answering = named(list(served), "Deployment")["recommendation"]["spec"]
    template = cron["spec"]["jobTemplate"]["spec"]["template"]
    (trains,), (answers,) = template["spec"]["containers"], answering["template"]["spec"]["containers"]
    assert {"name": "BIJOU_TRAIN_DAILY", "value": "false"} in answers["env"]
    for key in ("env", "image", "volumeMounts", "securityContext"):
        assert trains[key] == answers[key]
    assert template["spec"]["volumes"] == answering["template"]["spec"]["volumes"]
    assert template["metadata"]["labels"][PART] == "recommendation"
    # It is none of those that are counted for scaling and drains.
    selected = answering["selector"]["matchLabels"]
    assert not selected.items() <= template["metadata"]["labels"].items()
    assert trains["command"] == ["python", "-m", "services.recommendation.batch"]
    assert list(_schema(cron).iter_errors(cron)) == []


@every_overlay
def test_a_service_leads_to_what_serves_and_to_nothing_else(overlay: str) -> None:
    objects = built(overlay)
    running = list(pods(objects))
    for name, each in named(objects, "Service").items():
        chosen = each["spec"]["selector"].items()
        found = [whose for whose, labels, _ in running if chosen <= labels.items()]
        assert found, name
        assert not any(whose.startswith("Job ") for whose in found), name


def test_plain_backends_find_themselves_before_they_are_ready_and_their_disks_are_theirs_alone() -> None:
    objects = built("dev")
    for name in named(objects, "StatefulSet"):
        assert named(objects, "Service")[name]["spec"]["publishNotReadyAddresses"] is True
    (container,) = named(objects, "StatefulSet")[KAFKA.name]["spec"]["template"]["spec"]["containers"]
    assert [mount["subPath"] for mount in container["volumeMounts"] if mount["name"] == "data"] == ["data"]


@every_overlay
def test_what_may_speak_is_exactly_what_the_table_draws(overlay: str) -> None:
    policies = named(built(overlay), "NetworkPolicy")
    assert policies["nobody"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    names = {each.name for each in deployables()}
    wanted = {(each.name, other) for each in deployables() for other in asks(each)}
    wanted |= {(each.name, backend.name) for each in deployables() for backend in each.needs}
    assert wanted

    def targets(rules: list[Object], key: str) -> set[str]:
        found = set()
        for rule in rules:
            for peer in rule.get(key, []):
                if "namespaceSelector" not in peer:
                    labels = peer["podSelector"]["matchLabels"]
                    found.add(labels.get(PART) or labels.get(BACKEND))
        return {name for name in found if name}

    goes_out = {(name, other) for name in names for other in targets(policies[name]["spec"]["egress"], "to")}
    assert goes_out == wanted
    comes_in = {(other, name) for name in names for other in targets(policies[name]["spec"]["ingress"], "from")}
    for backend in BACKENDS:
        rules = policies[f"backend-{backend.name}"]["spec"]["ingress"]
        comes_in |= {(other, backend.name) for other in targets(rules, "from") if other in names}
    assert comes_in == wanted


@pytest.mark.parametrize("overlay", ["staging", "production"])
def test_topics_and_rights_are_those_of_the_table(overlay: str) -> None:
    objects = built(overlay)
    topics = {name: each["spec"] for name, each in named(objects, "KafkaTopic").items()}
    assert set(topics) == {*TOPICS, EPOCH_TOPIC.name}
    for name, topic in TOPICS.items():
        assert topics[name]["partitions"] == topic.partitions
        assert (topics[name]["config"].get("cleanup.policy") == "compact") == topic.compacted
    users = named(objects, "KafkaUser")
    assert set(users) == {f"kafka-{each.name}" for each in SERVICES if KAFKA in each.needs}
    for each in SERVICES:
        if KAFKA in each.needs:
            rights = users[f"kafka-{each.name}"]["spec"]["authorization"]["acls"]
            may = {
                word: {right["resource"].get("name") for right in rights if word in right["operations"]} - {EPOCH_TOPIC.name}
                for word in ("Write", "Read")
            }  # fmt: skip
            assert may["Write"] == set(each.publishes)
            assert may["Read"] - {each.name} == {*each.consumes, *each.publishes, *components.EVERYBODYS}


@pytest.mark.parametrize("overlay", ["staging", "production"])
def test_every_secret_that_a_pod_reads_is_made(overlay: str) -> None:
    objects = built(overlay)
    made = set(named(objects, "ExternalSecret"))
    made |= {f"kafka-{name.removeprefix('kafka-')}" for name in named(objects, "KafkaUser")}
    made |= {"bijou-cluster-ca-cert", "postgres-ca"}  # by Strimzi and CloudNativePG
    for whose, _, pod in pods(objects):
        for volume in pod.get("volumes", []):
            for source in volume.get("projected", {}).get("sources", []):
                assert source["secret"]["name"] in made, whose
            if "secret" in volume:
                assert volume["secret"]["secretName"] in made, whose
    for each in deployables():
        held = named(objects, "ExternalSecret")[each.name]["spec"]
        assert set(held["target"]["template"]["data"]) == set(told(each, "").files)
        used = set(re.findall(r"\{\{ \.(\w+) \}\}", json.dumps(held["target"]["template"]["data"])))
        assert used == {entry["secretKey"] for entry in held["data"]}
    databases = {each.name for each in SERVICES if owns_database(each)}
    assert set(named(objects, "Database")) == databases


@pytest.mark.parametrize("overlay", ["staging", "production"])
def test_everything_scales_and_by_one_thing_alone(overlay: str) -> None:
    objects = built(overlay)
    scaled: list[tuple[str, str]] = []
    for each in named(objects, "HorizontalPodAutoscaler").values():
        scaled.append((each["spec"]["scaleTargetRef"]["kind"], each["spec"]["scaleTargetRef"]["name"]))
    for each in named(objects, "ScaledObject").values():
        scaled.append(
            (each["spec"]["scaleTargetRef"].get("kind", "Deployment"), each["spec"]["scaleTargetRef"]["name"])
        )
    rollouts = {each["spec"]["workloadRef"]["name"] for each in named(objects, "Rollout").values()}
    running = {("Deployment", name) for name in named(objects, "Deployment") if name not in rollouts}
    running |= {("Rollout", name) for name in named(objects, "Rollout")}
    assert len(scaled) == len(set(scaled))
    assert set(scaled) == running
    assert rollouts == ({topology.GATEWAY.name} if overlay == "production" else set())
    for name, each in named(objects, "ScaledObject").items():
        kinds = {trigger["type"] for trigger in each["spec"]["triggers"]}
        service = next(other for other in SERVICES if other.name == name)
        assert kinds == ({"postgresql"} if isinstance(service.scale, Queue) else {"cpu", "prometheus"})
    assert topology.LAKE.name in named(objects, "HorizontalPodAutoscaler")
    exporter = named(objects, "PodMonitor")["kafka-exporter"]["spec"]["selector"]["matchLabels"]
    assert exporter == {"strimzi.io/name": f"{next(iter(named(objects, 'Kafka')))}-kafka-exporter"}
    assert not any("replicas" in each["spec"] for each in named(objects, "Deployment").values())


@pytest.mark.parametrize("overlay", ["staging", "production"])
def test_the_database_has_a_connection_for_everyone_at_their_most(overlay: str) -> None:
    objects = built(overlay)
    given = named(objects, "Cluster")["postgres"]["spec"]["postgresql"]["parameters"]["max_connections"]
    most = {name: each["spec"]["maxReplicas"] for name, each in named(objects, "HorizontalPodAutoscaler").items()}
    most |= {name: each["spec"]["maxReplicaCount"] for name, each in named(objects, "ScaledObject").items()}
    parts = [each for each in SERVICES if topology.database(each)]
    assert len(parts) > 9
    assert sum((most[each.name] + 1) * connections(each) for each in parts) + OPERATING <= int(given)


# PostgreSQL's own, CloudNativePG's, KEDA's and those of migrations.
OPERATING = 40
# What is not the chassis's: the pool of use cases and the hot one.
POOLS = {"playback": (10, 10), "transcode": (1, 8), "transcode-worker": (1, 4)}


def connections(each: Service) -> int:
    """The most that a replica has open: two pools (one may double), the background's, what listens, and who builds an index."""
    chassis = inspect.signature(Database).parameters
    pool, hot = POOLS.get(each.name, (chassis["pool_size"].default, chassis["hot_pool_size"].default))
    source = "".join(path.read_text() for path in (ROOT / each.package.replace(".", "/")).rglob("*.py"))
    listening = source.count("db.direct()") + (2 if each.port else 0)
    return int(2 * pool + hot + sum(BACKGROUND) + listening + (6 if each.name == "search" else 0))


def test_pools_are_as_large_as_they_are_counted() -> None:
    assert playback.Settings.model_fields["pool_size"].default == POOLS["playback"][0] == POOLS["playback"][1]
    for name, file in (("transcode", "main.py"), ("transcode-worker", "worker.py")):
        said = "pool_size={}, hot_pool_size={})".format(*POOLS[name])
        assert f"Database.of(settings, {said}" in (ROOT / "pipelines/transcode" / file).read_text()
    told = [path for path in ROOT.glob("[sp]*/**/main.py") if "pool_size=" in path.read_text()]
    assert {path.parent.name for path in told} == {"playback", "transcode"}


def test_only_who_encodes_has_a_disk_of_its_own() -> None:
    claims = {
        labels[PART] for _, labels, pod in pods(built("production")) for each in pod["volumes"] if "ephemeral" in each
    }
    assert claims == {"transcode-worker"}


def test_production_has_an_edge_in_each_region_and_none_without() -> None:
    edges = {
        name: each
        for name, each in named(built("production"), "Deployment").items()
        if each["spec"]["template"]["metadata"]["labels"][PART] == EDGE.name
    }
    assert set(edges) == {f"{EDGE.name}-{region}" for region in components.regions()}
    chosen = [
        each["spec"]["template"]["spec"]["nodeSelector"]["topology.kubernetes.io/region"] for each in edges.values()
    ]
    assert sorted(chosen) == sorted(components.regions())


@every_overlay
def test_a_version_is_said_once_and_everywhere(overlay: str) -> None:
    home = ROOT / "deploy/k8s/overlays" / overlay
    images = yaml.safe_load((home / "kustomization.yaml").read_text())["images"]
    assert {image["name"] for image in images} == {f"bijou/{each.name}" for each in deployables()}
    (tag,) = {image["newTag"] for image in images}
    assert tag == VERSION
    suffix = yaml.safe_load((home / "release/kustomization.yaml").read_text())["nameSuffix"]
    assert suffix == "-" + tag.replace(".", "-")
    jobs = {name for name in named(built(overlay), "Job") if name.endswith(suffix)}
    assert jobs == {f"migrate-{each.name}{suffix}" for each in SERVICES if owns_database(each)} | {f"seed{suffix}"}


# ---- what a pod may ----


@every_overlay
def test_no_pod_is_more_than_the_restricted_profile_allows(overlay: str) -> None:
    objects = built(overlay)
    labels = named(objects, "Namespace")["bijou"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    for whose, _, pod in pods(objects):
        around = pod["securityContext"]
        assert around["runAsNonRoot"] is True, whose
        assert around["runAsUser"] > 0, whose
        assert around["seccompProfile"] == {"type": "RuntimeDefault"}, whose
        assert pod["automountServiceAccountToken"] is False, whose
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod), whose
        for volume in pod.get("volumes", []):
            assert set(volume) - {"name"} <= {"emptyDir", "projected", "secret", "configMap", "ephemeral"}, whose
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            held = container["securityContext"]
            assert held["allowPrivilegeEscalation"] is False, whose
            assert held["capabilities"] == {"drop": ["ALL"]}, whose
            # Kafka's image writes its settings beside its program; Strimzi's does not.
            assert held["readOnlyRootFilesystem"] is True or (overlay, whose) == ("dev", "StatefulSet kafka"), whose
            resources = container["resources"]
            assert {"cpu", "memory", "ephemeral-storage"} <= set(resources["requests"]), whose
            assert {"memory", "ephemeral-storage"} <= set(resources["limits"]), whose
            assert not container["image"].endswith(":latest"), whose
            assert ":" in container["image"], whose
            for variable in container.get("env", []):
                assert "secretKeyRef" not in variable.get("valueFrom", {}), whose
                assert not re.search(r"(SECRET|PASSWORD|TOKEN)$|DATABASE_URL|REDIS_URL", variable["name"]), whose


@every_overlay
def test_a_policy_checker_finds_nothing_critical(overlay: str) -> None:
    operate.program("kube-score")
    text = yaml.safe_dump_all(each for each in built(overlay) if group(each) not in (*DEFINITIONS, *NOT_VALIDATED))
    ignored = (
        # Users are of our images' own; images are named by version and not fetched anew for the same one.
        "container-security-context-user-group-id", "container-image-pull-policy",
        # Who is alive asks for nothing that may be away; who is ready does. The edge has nothing behind it that it needs.
        "pod-probes-identical",
        # A budget of one for the only one would hold up every drain.
        "statefulset-has-poddisruptionbudget",
        # Operators' pods are none of these objects; ours are compared with the table above.
        "networkpolicy-targets-pod",
        # It knows no rollouts: what is scaled is compared above.
        "horizontalpodautoscaler-has-target",
    )  # fmt: skip
    said = operate.score(text, "--ignore-test", ",".join(ignored), "--ignore-container-cpu-limit")
    assert said == []


# ---- what operators read ----


def test_the_page_names_every_component_and_every_key_of_the_store() -> None:
    page = (ROOT / "deploy/k8s/README.md").read_text()
    rows = [
        re.findall(r"`([a-z-]+)`", line.split("|")[1]) for line in page.splitlines() if line.strip().startswith("| `")
    ]
    named = {name for row in rows for name in row}
    folders = {path.name for path in (ROOT / "deploy/k8s/components").iterdir() if path.is_dir()}
    keys = {
        entry["remoteRef"]["key"].removeprefix("bijou/")
        for each in yaml.safe_load_all((ROOT / "deploy/k8s/components/secrets/objects.yaml").read_text())
        for entry in each["spec"]["data"]
    }
    assert folders == set(COMPONENTS)
    assert folders | keys <= named
    assert named - folders - keys <= {
        "base",
        "migrations",
        "components",
        "overlays",
        "namespace",
        "training",
        "lake-jobs",
        "dev",
        "staging",
        "production",
    }


@every_overlay
def test_values_and_overlay_have_the_same_components(overlay: str) -> None:
    values = yaml.safe_load((CHART / f"values-{overlay}.yaml").read_text())["components"]
    document = yaml.safe_load((ROOT / "deploy/k8s/overlays" / overlay / "kustomization.yaml").read_text())
    assert {name for name, on in values.items() if on} == {Path(path).name for path in document["components"]}
    assert set(values) <= set(COMPONENTS)
