"""Each deployable as objects of Kubernetes: its pods, its address, its account, who may call it, and its migrations."""

from __future__ import annotations

from typing import Any

from deploy import containers, topology
from deploy.containers import Deployable, asks, callers, migration_command, told, volumes
from deploy.deployable import Backend, Edge, Service
from deploy.k8s.values import Quoted
from deploy.topology import BACKENDS, KAFKA, OBJECTS, POSTGRES, VALKEY, database, owns_database

Object = dict[str, Any]

PART = "app.kubernetes.io/name"
BACKEND = "bijou.dev/backend"
SEED = "seed"
TRAINING = "recommendation-training"
# Several square tables of the most titles that a model may have.
TRAINING_MEMORY = "4Gi"
# What the one shared map of settings is called, and what is in it: setting → key.
PLATFORM = "platform"
SETTINGS = {
    "BIJOU_PUBLIC_URL": "publicUrl",
    "BIJOU_KAFKA_BOOTSTRAP": "kafkaBootstrap",
    "BIJOU_KAFKA_SECURITY": "kafkaSecurity",
    "BIJOU_KAFKA_CA_FILE": "kafkaCaFile",
    "BIJOU_OBJECT_STORE_URL": "objectStoreUrl",
    "BIJOU_TRUSTED_PROXIES": "trustedProxies",
    "BIJOU_SANDBOX_PAYMENTS": "sandboxPayments",
    "BIJOU_MAIL_SENDER": "mailSender",
}
# New pods are told where to go only after they are ready; old ones go on until nobody is sent to them any more.
DRAIN_SECONDS = 5
# The namespaces of those who run backends: they ask their pods on ports of their own.
OPERATORS = {POSTGRES.name: "cnpg-system", KAFKA.name: "strimzi"}
VOLUME_SIZES = {"work": "64Mi", "search": "4Gi"}
# One machine's worth of a film in work, for those that encode.
WORKSHOP = "100Gi"
# The ports of brokers: plain ones, and those that speak TLS.
BACKEND_PORTS = {KAFKA.name: [KAFKA.port, 9093]}


def platform() -> Object:
    """The settings that differ from one installation to the next."""
    data = {name: Quoted(f"§platform.{key}§") for name, key in SETTINGS.items()}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _named(PLATFORM), "data": data}


def objects(each: Deployable, name: str = "", region: str = "") -> list[Object]:
    """Every object of a deployable; `name` and `region` for an edge that is one of several."""
    name = name or each.name
    found = [account(name), deployment(each, name, region), disruption(name)]
    if each.port and not region:
        found.insert(2, service(each))
    return found


def account(name: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _named(name),
        "automountServiceAccountToken": False,
    }


def service(each: Deployable) -> Object:
    port = {"name": "http", "port": each.port, "targetPort": "http", "appProtocol": "http"}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _named(each.name),
        "spec": {"selector": {PART: each.name}, "ports": [port]},
    }


def disruption(name: str) -> Object:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": _named(name),
        # With one replica a drain may go on too.
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app.kubernetes.io/instance": name}}},
    }


def deployment(each: Deployable, name: str, region: str) -> Object:
    labels = {**_labels(each.name), "app.kubernetes.io/instance": name}
    spread = [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"app.kubernetes.io/instance": name}},
        }
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]
    pod = {
        **_pod(name),
        "terminationGracePeriodSeconds": containers.GRACE_SECONDS + 2 * DRAIN_SECONDS,
        "topologySpreadConstraints": spread,
        **({"nodeSelector": {"topology.kubernetes.io/region": region}} if region else {}),
        **({"initContainers": [_waiting(each)]} if isinstance(each, Service) and database(each) else {}),
        "containers": [_container(each)],
        "volumes": _volumes(each),
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {**_named(name), "labels": labels},
        "spec": {
            "selector": {"matchLabels": {"app.kubernetes.io/instance": name}},
            "revisionHistoryLimit": 3,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def _pod(account_name: str) -> Object:
    return {
        "serviceAccountName": account_name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": containers.USER,
            "runAsGroup": containers.USER,
            "fsGroup": containers.USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }


def _held() -> Object:
    """What the restricted profile asks for, and a file system that nobody can change."""
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def _image(each: Deployable) -> Object:
    return {"image": f"§image.registry§/{each.name}:§image.tag§", "imagePullPolicy": "IfNotPresent"}


def _container(each: Deployable) -> Object:
    found: Object = {"name": each.name, **_image(each), "env": environment(each)}
    if each.port:
        found["ports"] = [{"name": "http", "containerPort": each.port}]
        ready = "/livez" if isinstance(each, Edge) else "/readyz"
        found["startupProbe"] = {"httpGet": _get("/livez"), "periodSeconds": 1, "failureThreshold": 60}
        found["livenessProbe"] = {
            "httpGet": _get("/livez"),
            "periodSeconds": 10,
            "timeoutSeconds": 3,
            "failureThreshold": 3,
        }
        found["readinessProbe"] = {
            "httpGet": _get(ready),
            "periodSeconds": 5,
            "timeoutSeconds": 3,
            "failureThreshold": 2,
        }
        found["lifecycle"] = {"preStop": {"sleep": {"seconds": DRAIN_SECONDS}}}
    scratch = "1Gi" if each.port is None else "256Mi"
    marks = {key: f"§parts.{each.name}.{key}§" for key in ("cpu", "memory", "memoryLimit")}
    found["resources"] = {
        "requests": {"cpu": marks["cpu"], "memory": marks["memory"], "ephemeral-storage": scratch},
        "limits": {"memory": marks["memoryLimit"], "ephemeral-storage": "16Gi" if isinstance(each, Edge) else "4Gi"},
    }
    found["securityContext"] = _held()
    found["volumeMounts"] = _mounts(each)
    return found


def _get(path: str) -> Object:
    return {"path": path, "port": "http"}


def environment(each: Deployable) -> list[Object]:
    """What the container is told: what is the same everywhere, and what the installation's map says."""
    variables = told(each, "").variables
    wanted = [name for name in ("BIJOU_PUBLIC_URL",) if name in variables]
    if KAFKA in each.needs:
        wanted += ["BIJOU_KAFKA_BOOTSTRAP", "BIJOU_KAFKA_SECURITY", "BIJOU_KAFKA_CA_FILE"]
        variables["BIJOU_KAFKA_USERNAME"] = f"kafka-{each.name}"
    if OBJECTS in each.needs:
        wanted.append("BIJOU_OBJECT_STORE_URL")
    if each.name == "billing":
        wanted.append("BIJOU_SANDBOX_PAYMENTS")
    if each.name == "identity":
        wanted.append("BIJOU_MAIL_SENDER")
    own: list[Object] = []
    if isinstance(each, Edge):
        wanted.append("BIJOU_TRUSTED_PROXIES")
        # nginx asks a name server by itself, and knows no search path.
        own.append({"name": "NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}})
        port = next(other.port for other in containers.deployables() if other.name == "playback")
        variables["BIJOU_PLAYBACK"] = f"http://playback.$(NAMESPACE).svc.cluster.local:{port}"
        variables["BIJOU_CACHE_SIZE"] = "§edge.cacheSize§"
    own += [{"name": name, "value": value} for name, value in variables.items() if name not in wanted]
    own += [_from_platform(name) for name in wanted]
    return own


def _from_platform(name: str) -> Object:
    return {"name": name, "valueFrom": {"configMapKeyRef": {"name": PLATFORM, "key": name}}}


def _mounts(each: Deployable) -> list[Object]:
    found: list[Object] = [
        {"name": "scratch", "mountPath": containers.SCRATCH},
        {"name": "secrets", "mountPath": containers.SECRETS, "readOnly": True},
        *({"name": name, "mountPath": f"{containers.VOLUMES}/{name}"} for name in volumes(each)),
    ]
    if isinstance(each, Edge):
        found += [{"name": "run", "mountPath": "/run/edge"}, {"name": "cache", "mountPath": "/var/cache/edge"}]
    return found


def _volumes(each: Deployable) -> list[Object]:
    found: list[Object] = [
        {"name": "scratch", "emptyDir": {"sizeLimit": "1Gi" if each.port is None else "256Mi"}},
        _secrets(each),
    ]
    for name in volumes(each):
        encodes = name == "work" and each.port is None
        found.append(
            _disk(name, WORKSHOP) if encodes else {"name": name, "emptyDir": {"sizeLimit": VOLUME_SIZES[name]}}
        )
    if isinstance(each, Edge):
        found += [
            {"name": "run", "emptyDir": {"medium": "Memory", "sizeLimit": "256Mi"}},
            {"name": "cache", "emptyDir": {"sizeLimit": "§edge.cacheVolume§"}},
        ]
    return found


def _disk(name: str, size: str) -> Object:
    """A disk of the pod's own, which goes with it."""
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
    return {"name": name, "ephemeral": {"volumeClaimTemplate": {"spec": claim}}}


def _secrets(each: Deployable, name: str = "") -> Object:
    """Its own secrets, and what operators of backends made for it where there are any."""
    sources: list[Object] = [{"secret": {"name": name or each.name}}]
    if KAFKA in each.needs:
        key = [{"key": "password", "path": "BIJOU_KAFKA_PASSWORD"}]
        sources += [
            {"secret": {"name": f"kafka-{each.name}", "items": key, "optional": True}},
            _authority("bijou-cluster-ca-cert", "kafka-ca.crt"),
        ]
    if POSTGRES in each.needs:
        sources.append(_authority("postgres-ca", "postgres-ca.crt"))
    return {"name": "secrets", "projected": {"defaultMode": 0o440, "sources": sources}}


def _authority(secret: str, path: str) -> Object:
    return {"secret": {"name": secret, "items": [{"key": "ca.crt", "path": path}], "optional": True}}


def _small(name: str, each: Service, command: list[str], env: list[Object]) -> Object:
    return {
        "name": name,
        **_image(each),
        "command": command,
        "env": env,
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi", "ephemeral-storage": "64Mi"},
            "limits": {"memory": "256Mi", "ephemeral-storage": "256Mi"},
        },
        "securityContext": _held(),
        "volumeMounts": [
            {"name": "scratch", "mountPath": containers.SCRATCH},
            {"name": "secrets", "mountPath": containers.SECRETS, "readOnly": True},
        ],
    }


def _waiting(each: Service) -> Object:
    """Lets no pod of a new version start before its tables are there, however the objects were applied."""
    env = [{"name": "BIJOU_SECRETS_DIR", "value": containers.SECRETS}]
    return _small("migrated", each, migration_command(each, wait=True), env)


def migrations() -> list[Object]:
    """A job for each database, and one that makes the first account. Their names say the version: a job cannot be changed."""
    found = []
    for each in topology.SERVICES:
        if owns_database(each):
            env = [{"name": "BIJOU_SECRETS_DIR", "value": containers.SECRETS}]
            found.append(
                _job(f"migrate-{each.name}", each, each.name, [_small("migrate", each, migration_command(each), env)])
            )
    identity = next(each for each in topology.SERVICES if each.name == "identity")
    seed = _small(SEED, identity, ["python", "-m", containers.SEED], environment(identity))
    found.append(_job(SEED, identity, SEED, [seed], [_waiting(identity)]))
    return found


def _job(name: str, each: Service, secret: str, run: list[Object], before: list[Object] | None = None) -> Object:
    labels = {**_labels(name), "app.kubernetes.io/component": "migrations"}
    pod = {
        **_pod(each.name),
        "restartPolicy": "OnFailure",
        **({"initContainers": before} if before else {}),
        "containers": run,
        "volumes": [{"name": "scratch", "emptyDir": {"sizeLimit": "64Mi"}}, _secrets(each, secret)],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": f"{name}-§version§", "labels": labels},
        "spec": {
            "backoffLimit": 10,
            "activeDeadlineSeconds": 3600,
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def training() -> Object:
    """A model a day, in a pod that has the memory for it. It speaks with whom recommendation does, and scales apart."""
    each = next(each for each in topology.SERVICES if each.name == "recommendation")
    labels = {**_labels(each.name), "app.kubernetes.io/component": "training", "app.kubernetes.io/instance": TRAINING}
    container = {
        "name": "train",
        **_image(each),
        "command": ["python", "-m", f"{each.package}.batch"],
        "env": environment(each),
        "resources": {
            "requests": {"cpu": "1", "memory": TRAINING_MEMORY, "ephemeral-storage": "256Mi"},
            "limits": {"memory": TRAINING_MEMORY, "ephemeral-storage": "4Gi"},
        },
        "securityContext": _held(),
        "volumeMounts": _mounts(each),
    }
    pod = {
        **_pod(each.name),
        "restartPolicy": "Never",
        "initContainers": [_waiting(each)],
        "containers": [container],
        "volumes": _volumes(each),
    }
    job = {
        "backoffLimit": 1,
        # Two attempts, each of which ends by itself after two hours.
        "activeDeadlineSeconds": 5 * 3600,
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": TRAINING, "labels": labels},
        "spec": {
            "schedule": "0 4 * * *",
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {"metadata": {"labels": labels}, "spec": job},
        },
    }


# ---- who may speak with whom ----


def nobody() -> Object:
    """Nothing comes in and nothing goes out that is not allowed below."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _named("nobody"),
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }


def policy(each: Deployable) -> Object:
    """Exactly the edges of the table: those that are told its address may call it, and it may call those it is told."""
    ports = {other.name: other.port for other in containers.deployables()}
    ingress: list[Object] = []
    if isinstance(each, Edge):
        ingress.append({"ports": _tcp(each.port)})
    elif each.port:
        others = [_pods({PART: name}) for name in callers(each)]
        ingress.append({"from": [*others, _namespace("§prometheus.namespace§")], "ports": _tcp(each.port)})
    egress = [_dns(), *({"to": [_pods({PART: name})], "ports": _tcp(ports[name])} for name in asks(each))]
    egress += [_to_backend(backend) for backend in BACKENDS if backend in each.needs]
    return _policy(each.name, {PART: each.name}, ingress, egress)


def job_policies() -> list[Object]:
    """Migrations reach the database and nothing else; the first account also needs the counters."""
    matching = {"matchLabels": {"app.kubernetes.io/component": "migrations"}}
    found = _policy("migrations", {}, [], [_dns(), _to_backend(POSTGRES)])
    found["spec"]["podSelector"] = matching
    return [found, _policy(SEED, {PART: SEED}, [], [_to_backend(VALKEY)])]


def backend_policies() -> list[Object]:
    """Who may call a backend: who needs it, its own kind, and nobody else."""
    found = []
    for backend in BACKENDS:
        needing = [_pods({PART: each.name}) for each in containers.deployables() if backend in each.needs]
        if backend is POSTGRES:
            needing += [
                {"podSelector": {"matchLabels": {"app.kubernetes.io/component": "migrations"}}},
                _pods({PART: "databases"}),
                _namespace("§keda.namespace§"),
            ]
        if backend is VALKEY:
            needing.append(_pods({PART: SEED}))
        if backend is OBJECTS:
            needing.append(_pods({PART: "bucket"}))
        own = _pods({BACKEND: backend.name})
        ingress = [{"from": needing, "ports": _tcp(*_ports(backend))}, {"from": [own]}]
        if backend.name in OPERATORS:
            ingress.append({"from": [_namespace("§prometheus.namespace§"), _namespace(OPERATORS[backend.name])]})
        found.append(_policy(f"backend-{backend.name}", {BACKEND: backend.name}, ingress, [_dns(), {"to": [own]}]))
    return found


def _policy(name: str, matching: dict[str, str], ingress: list[Object], egress: list[Object]) -> Object:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _named(name),
        "spec": {
            "podSelector": {"matchLabels": matching},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": ingress,
            "egress": egress,
        },
    }


def _to_backend(backend: Backend) -> Object:
    return {"to": [_pods({BACKEND: backend.name})], "ports": _tcp(*_ports(backend))}


def _ports(backend: Backend) -> list[int]:
    return BACKEND_PORTS.get(backend.name, [backend.port])


def _dns() -> Object:
    server = {**_namespace("kube-system"), **_pods({"k8s-app": "kube-dns"})}
    return {"to": [server], "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}


def _pods(matching: dict[str, str]) -> Object:
    return {"podSelector": {"matchLabels": matching}}


def _namespace(name: str) -> Object:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _tcp(*ports: int | None) -> list[Object]:
    return [{"protocol": "TCP", "port": port} for port in ports]


def _labels(name: str) -> dict[str, str]:
    return {PART: name, "app.kubernetes.io/part-of": "bijou"}


def _named(name: str) -> Object:
    return {"name": name, "labels": _labels(name)}


def base() -> dict[str, list[Object]]:
    """The files of the base: name → objects."""
    found = {"platform": [platform()], "policies": [nobody(), *job_policies(), *backend_policies()]}
    for each in containers.deployables():
        found[each.name] = [*objects(each), policy(each)]
    return found
