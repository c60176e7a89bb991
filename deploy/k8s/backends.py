"""Plain backends for a cluster without operators: one of each, as in compose. Valkey as it is here is enough anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from deploy.compose import backends as composed
from deploy.containers import SCRATCH, USER
from deploy.deployable import Backend
from deploy.k8s.workloads import BACKEND, PART, Object
from deploy.secrets import BUCKET
from deploy.topology import KAFKA, OBJECTS, POSTGRES, SERVICES, VALKEY, owns_database

SCRIPT = Path(composed.__file__).with_name("databases.sh")
GIVEN = "/run/secrets"
WRITES = {"kube-score/ignore": "container-security-context-readonlyrootfilesystem"}


def valkey() -> list[Object]:
    told = composed.services()[VALKEY.name]
    container = {
        "image": told["image"],
        "command": told["command"],
        "ports": [{"name": "redis", "containerPort": VALKEY.port}],
        "readinessProbe": {"tcpSocket": {"port": "redis"}, "periodSeconds": 5},
        "livenessProbe": {"tcpSocket": {"port": "redis"}, "periodSeconds": 10},
        "volumeMounts": [_given("password"), {"name": "data", "mountPath": "/data"}],
    }
    return _server(
        VALKEY, container, [_secret(VALKEY.name), {"name": "data", "emptyDir": {"sizeLimit": "1Gi"}}], memory="256Mi"
    )


def plain() -> list[Object]:
    """PostgreSQL, Kafka and an object store, with what fills them."""
    return [*_postgres(), *_kafka(), *_objects()]


def _postgres() -> list[Object]:
    told = composed.services()[POSTGRES.name]
    container = {
        "image": told["image"],
        "args": told["command"],
        "env": [
            {"name": "POSTGRES_PASSWORD_FILE", "value": f"{GIVEN}/password"},
            {"name": "PGDATA", "value": "/var/lib/postgresql/data"},
        ],
        "ports": [{"name": "postgres", "containerPort": POSTGRES.port}],
        "readinessProbe": {
            "exec": {"command": ["pg_isready", "-U", "postgres", "-h", "127.0.0.1"]},
            "periodSeconds": 5,
        },
        "livenessProbe": {"tcpSocket": {"port": "postgres"}, "periodSeconds": 10, "failureThreshold": 6},
        "volumeMounts": [
            _given("password"),
            {"name": "data", "mountPath": "/var/lib/postgresql"},
            {"name": "run", "mountPath": "/var/run/postgresql"},
            {"name": "scratch", "mountPath": SCRATCH},
        ],
    }
    empty = [{"name": name, "emptyDir": {"sizeLimit": "256Mi"}} for name in ("run", "scratch")]
    names = [each.name for each in SERVICES if owns_database(each)]
    made = {
        "image": told["image"],
        "command": ["sh", "/scripts/databases.sh", *names],
        "env": [{"name": "PGHOST", "value": POSTGRES.name}, {"name": "PGUSER", "value": "postgres"}],
        "volumeMounts": [
            {"name": "scripts", "mountPath": "/scripts", "readOnly": True},
            {"name": "secrets", "mountPath": f"{GIVEN}/databases", "readOnly": True},
        ],
    }
    script = {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": _named("databases"), "data": {"databases.sh": SCRIPT.read_text()},
    }  # fmt: skip
    scripts = {"name": "scripts", "configMap": {"name": "databases"}}
    return [
        *_server(POSTGRES, container, [_secret(POSTGRES.name), *empty], disk="10Gi", user=999, memory="1Gi"),
        script,
        _once("databases", made, [scripts, _secret("databases")], user=999),
    ]


def _kafka() -> list[Object]:
    told = composed.services()[KAFKA.name]
    container = {
        "image": told["image"],
        "env": [{"name": name, "value": value} for name, value in told["environment"].items()],
        "ports": [{"name": "kafka", "containerPort": KAFKA.port}, {"name": "controller", "containerPort": 9093}],
        "readinessProbe": {"tcpSocket": {"port": "kafka"}, "periodSeconds": 5},
        "livenessProbe": {"tcpSocket": {"port": "kafka"}, "initialDelaySeconds": 60, "periodSeconds": 10},
        "volumeMounts": [
            # Below the disk's own folder, where a file system keeps its lost+found: Kafka takes every folder for a partition.
            {"name": "data", "mountPath": "/var/lib/kafka/data", "subPath": "data"},
            {"name": "scratch", "mountPath": SCRATCH},
        ],
    }
    scratch = {"name": "scratch", "emptyDir": {"sizeLimit": "256Mi"}}
    # It writes its settings beside its program when it starts.
    return _server(KAFKA, container, [scratch], disk="10Gi", user=1000, memory="1Gi", writes=True)


def _objects() -> list[Object]:
    told = composed.services()[OBJECTS.name]
    container = {
        "image": told["image"],
        "args": told["command"],
        "ports": [{"name": "s3", "containerPort": OBJECTS.port}, {"name": "master", "containerPort": 9333}],
        "readinessProbe": {"tcpSocket": {"port": "s3"}, "periodSeconds": 5},
        "livenessProbe": {"tcpSocket": {"port": "s3"}, "initialDelaySeconds": 30, "periodSeconds": 10},
        "volumeMounts": [
            _given("s3.json"),
            {"name": "data", "mountPath": "/data"},
            {"name": "scratch", "mountPath": SCRATCH},
        ],
    }
    scratch = {"name": "scratch", "emptyDir": {"sizeLimit": "256Mi"}}
    filled = composed.services()[composed.BUCKETS]
    bucket = {
        "image": filled["image"],
        "command": [*filled["entrypoint"], *filled["command"]],
        "volumeMounts": [{"name": "scratch", "mountPath": SCRATCH}],
    }
    assert BUCKET in str(bucket["command"])
    return [
        *_server(OBJECTS, container, [_secret(OBJECTS.name), scratch], disk="50Gi", memory="512Mi"),
        _once(composed.BUCKETS, bucket, [scratch], backend=OBJECTS, memory="256Mi"),
    ]


def _server(
    backend: Backend,
    container: Object,
    volumes: list[Object],
    *,
    memory: str,
    disk: str = "",
    user: int = USER,
    writes: bool = False,
) -> list[Object]:
    labels = {**_labels(backend.name), BACKEND: backend.name}
    names = [port["name"] for port in container["ports"]]
    spec: Object = {
        "serviceName": backend.name,
        "selector": {"matchLabels": {BACKEND: backend.name}},
        "template": {
            "metadata": {"labels": labels, **({"annotations": WRITES} if writes else {})},
            "spec": _pod(
                backend.name, container, volumes, user, {"requests": {"cpu": "100m", "memory": memory}}, writes
            ),
        },
    }
    if disk:
        claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": disk}}}
        spec["volumeClaimTemplates"] = [{"metadata": {"name": "data"}, "spec": claim}]
    ports = [
        {"name": port["name"], "port": port["containerPort"], "targetPort": port["name"]} for port in container["ports"]
    ]
    assert len(names) == len(set(names))
    return [
        {
            "apiVersion": "v1", "kind": "Service", "metadata": _named(backend.name),
            "spec": {
                "clusterIP": "None",
                # Kafka and SeaweedFS find themselves by this name before they are ready.
                "publishNotReadyAddresses": True,
                # The job that makes the bucket bears the first label too, and answers nobody.
                "selector": {BACKEND: backend.name, PART: backend.name},
                "ports": ports,
            },
        },
        {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": backend.name, "labels": labels}, "spec": spec},
    ]  # fmt: skip


def _pod(
    name: str, container: Object, volumes: list[Object], user: int, resources: Object, writes: bool = False
) -> Object:
    memory = resources["requests"]["memory"]
    held = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": not writes, "capabilities": {"drop": ["ALL"]}}
    bounded = {
        "requests": {**resources["requests"], "ephemeral-storage": "256Mi"},
        "limits": {"memory": memory, "ephemeral-storage": "2Gi"},
    }
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True, "runAsUser": user, "runAsGroup": user, "fsGroup": user,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {"name": name, "imagePullPolicy": "IfNotPresent", **container, "resources": bounded, "securityContext": held}
        ],
        "volumes": volumes,
    }  # fmt: skip


def _once(
    name: str,
    container: Object,
    volumes: list[Object],
    *,
    user: int = USER,
    backend: Backend | None = None,
    memory: str = "64Mi",
) -> Object:
    # Where it may go is said by the policy of what its labels say it is.
    labels = {
        **_labels(name),
        **({BACKEND: backend.name} if backend else {"app.kubernetes.io/component": "migrations"}),
    }
    pod = _pod(name, container, volumes, user, {"requests": {"cpu": "50m", "memory": memory}})
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "backoffLimit": 20,
            "ttlSecondsAfterFinished": 600,
            "template": {"metadata": {"labels": labels}, "spec": {**pod, "restartPolicy": "OnFailure"}},
        },
    }


def _secret(name: str) -> Object:
    return {"name": "secrets", "secret": {"secretName": name, "defaultMode": 0o440}}


def _given(file: str) -> Object:
    return {"name": "secrets", "mountPath": f"{GIVEN}/{file}", "subPath": file, "readOnly": True}


def _labels(name: str) -> dict[str, Any]:
    return {PART: name, "app.kubernetes.io/part-of": "bijou"}


def _named(name: str) -> Object:
    return {"name": name, "labels": _labels(name)}
