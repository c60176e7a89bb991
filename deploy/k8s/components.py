"""What may be laid over the base: backends by operators, secrets from a store, the door, scaling, canaries, regions."""

from __future__ import annotations

from typing import Any

from deploy import containers, topology
from deploy.deployable import Cpu, MailUrl, PrivateKey, Queue, Secret, Service, Share
from deploy.k8s import backends
from deploy.k8s.values import REGIONS, services
from deploy.k8s.workloads import BACKEND, PART, Object, account, deployment, disruption
from deploy.topology import EDGE, KAFKA, OBJECTS, POSTGRES, VALKEY, owns_database
from libs.chassis.messaging.bus import EPOCH_TOPIC
from libs.contracts.envelope import Topic
from libs.contracts.registry import TOPICS

KAFKA_CLUSTER = "bijou"
# What everybody who needs the broker follows: revoked sign-ins, and flags.
EVERYBODYS = ("identity.revocations", "events.experiments")
# The door is what every request passes: a new version of it is tried on a few of them first.
CANARY = topology.GATEWAY
# What the database gives out, to all replicas of all parts at their most, one more of each during an update, and its operators.
CONNECTIONS = 2200
STORE_API = "external-secrets.io/v1"


def components() -> dict[str, list[Object]]:
    """The objects of each component but the edges of regions."""
    return {
        "backends": backends.plain(),
        "valkey": backends.valkey(),
        "postgres": postgres(),
        "kafka": kafka(),
        "secrets": secrets(),
        "door": door(),
        "autoscaling": autoscaling(),
        "monitoring": monitoring(),
        "outside": outside(),
        "canary": canary(),
    }


def _object(api: str, kind: str, name: str, spec: Any, **labels: str) -> Object:
    metadata = {"name": name, "labels": {"app.kubernetes.io/part-of": "bijou", **labels}}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec}


# ---- PostgreSQL by CloudNativePG: copies, a database and a role for each service, recovery to any second ----


def postgres() -> list[Object]:
    owners = [each.name for each in topology.SERVICES if owns_database(each)]
    roles = [
        {"name": name, "ensure": "present", "login": True, "passwordSecret": {"name": f"postgres-{name}"}}
        for name in owners
    ]
    cluster = {
        "instances": "§postgres.instances§",
        # The images that are called `system` hold Barman, which takes the backups below.
        "imageName": "ghcr.io/cloudnative-pg/postgresql:18-system-trixie",
        "inheritedMetadata": {"labels": {BACKEND: POSTGRES.name, "app.kubernetes.io/part-of": "bijou"}},
        "storage": {"size": "§postgres.size§"},
        "postgresql": {
            "parameters": {"max_connections": str(CONNECTIONS), "idle_in_transaction_session_timeout": "60s"},
            # A commit is answered when another instance has it too.
            "synchronous": {"method": "any", "number": 1, "dataDurability": "required"},
        },
        "managed": {"roles": roles},
        "resources": {"requests": {"cpu": "1", "memory": "4Gi"}, "limits": {"memory": "8Gi"}},
        "affinity": {"topologyKey": "topology.kubernetes.io/zone", "podAntiAffinityType": "preferred"},
        "backup": {
            "retentionPolicy": "§postgres.kept§",
            "barmanObjectStore": {
                "destinationPath": "§postgres.backups§",
                "s3Credentials": {
                    "accessKeyId": {"name": "postgres-backups", "key": "id"},
                    "secretAccessKey": {"name": "postgres-backups", "key": "secret"},
                },
                "wal": {"compression": "gzip"},
                "data": {"compression": "gzip"},
            },
        },
    }
    daily = {"schedule": "0 0 3 * * *", "cluster": {"name": "postgres"}, "backupOwnerReference": "cluster"}
    databases = [
        _object(
            "postgresql.cnpg.io/v1", "Database", name, {"name": name, "owner": name, "cluster": {"name": "postgres"}}
        )
        for name in owners
    ]
    return [
        _object("postgresql.cnpg.io/v1", "Cluster", "postgres", cluster),
        _object("postgresql.cnpg.io/v1", "ScheduledBackup", "postgres-daily", daily),
        *databases,
    ]


# ---- Kafka by Strimzi: brokers, every topic, a user for each service that may do what the table says ----


def kafka() -> list[Object]:
    api = "kafka.strimzi.io/v1"
    pool = {
        "replicas": "§kafka.replicas§",
        "roles": ["controller", "broker"],
        "storage": {"type": "jbod", "volumes": [{"id": 0, "type": "persistent-claim", "size": "§kafka.size§"}]},
        "resources": {"requests": {"cpu": "1", "memory": "4Gi"}, "limits": {"memory": "4Gi"}},
    }
    labels = {"metadata": {"labels": {BACKEND: KAFKA.name}}}
    cluster = {
        "kafka": {
            "version": "§kafka.version§",
            "listeners": [
                {
                    "name": "tls",
                    "port": 9093,
                    "type": "internal",
                    "tls": True,
                    "authentication": {"type": "scram-sha-512"},
                }
            ],
            "authorization": {"type": "simple"},
            "config": {
                "default.replication.factor": 3,
                "min.insync.replicas": 2,
                "offsets.topic.replication.factor": 3,
                "transaction.state.log.replication.factor": 3,
                "transaction.state.log.min.isr": 2,
                "auto.create.topics.enable": False,
            },
            "template": {"pod": labels},
        },
        "entityOperator": {"topicOperator": {}, "userOperator": {}, "template": {"pod": labels}},
        "kafkaExporter": {"template": {"pod": labels}},
    }
    mine = {"strimzi.io/cluster": KAFKA_CLUSTER}
    users = [each for each in services() if KAFKA in each.needs]
    return [
        _object(api, "KafkaNodePool", "brokers", pool, **mine),
        _object(api, "Kafka", KAFKA_CLUSTER, cluster),
        *(_object(api, "KafkaTopic", topic.name, _topic(topic), **mine) for topic in [*TOPICS.values(), EPOCH_TOPIC]),
        *(_object(api, "KafkaUser", f"kafka-{each.name}", _user(each), **mine) for each in users),
    ]  # fmt: skip


def _topic(topic: Topic) -> Object:
    config: dict[str, Any] = {"min.insync.replicas": 2}
    if topic.compacted:
        config["cleanup.policy"] = "compact"
    if topic.hours is not None:
        config["retention.ms"] = topic.hours * 3_600_000
    return {"partitions": topic.partitions, "replicas": 3, "config": config}


def _user(each: Service) -> Object:
    def topic(name: str, *may: str) -> Object:
        return {"resource": {"type": "topic", "name": name, "patternType": "literal"}, "operations": list(may)}

    heard = sorted({*each.consumes, *EVERYBODYS, *each.publishes})
    rights = [
        # Whose topics there are is no secret; what is in them is.
        topic("*", "Describe", "DescribeConfigs"),
        *(topic(name, "Read") for name in heard),
        *(topic(name, "Write") for name in each.publishes),
        topic(EPOCH_TOPIC.name, "Read", "Write"),
        {
            "resource": {"type": "group", "name": each.name, "patternType": "prefix"},
            "operations": ["Read", "Describe", "Delete"],
        },
        {"resource": {"type": "cluster"}, "operations": ["Describe"]},
    ]
    return {"authentication": {"type": "scram-sha-512"}, "authorization": {"type": "simple", "acls": rights}}


# ---- secrets from a store outside, by the External Secrets operator ----


def secrets() -> list[Object]:
    found = [_external(each.name, *_secret_files(each)) for each in containers.deployables()]
    identity = next(each for each in services() if each.name == "identity")
    data, remote = _secret_files(identity)
    account_ = (
        '[{"email":"{{ .adminEmail }}","password":"{{ .adminPassword }}","name":"Admin","roles":["super_admin"]}]'
    )
    more = {"adminEmail": "admin/email", "adminPassword": "admin/password"}
    found.append(_external("seed", {**data, "BIJOU_SEED_ACCOUNTS": account_}, {**remote, **more}))
    for each in topology.SERVICES:
        if owns_database(each):
            basic = {"username": each.name, "password": "{{ .postgres }}"}
            made = _external(f"postgres-{each.name}", basic, {"postgres": f"postgres/{each.name}"})
            made["spec"]["target"]["template"]["type"] = "kubernetes.io/basic-auth"
            # CloudNativePG follows a password that changes.
            made["spec"]["target"]["template"]["metadata"] = {"labels": {"cnpg.io/reload": "true"}}
            found.append(made)
    backups = {"id": "{{ .id }}", "secret": "{{ .secret }}"}
    found.append(_external("postgres-backups", backups, {"id": "backups/id", "secret": "backups/secret"}))
    found.append(_external("valkey", {"password": "{{ .valkey }}"}, {"valkey": "valkey/password"}))
    worker = next(each for each in services() if isinstance(each.scale, Queue))
    owner = topology.database(worker)
    asked = {
        "connection": f"postgresql://{owner}:{{{{ .postgres }}}}@postgres-rw.bijou.svc:{POSTGRES.port}/{owner}?sslmode=require"
    }
    found.append(_external(f"{worker.name}-queue", asked, {"postgres": f"postgres/{owner}"}))
    return found


def _secret_files(each: Any) -> tuple[dict[str, str], dict[str, str]]:
    """The files of a part as templates, and where the store has what they need: name → key/property."""
    files: dict[str, str] = {}
    remote: dict[str, str] = {}
    for file, value in containers.told(each, "").files.items():
        match value:
            case Secret(name):
                files[file], remote[name] = f"{{{{ .{name} }}}}", f"{name}/secret"
            case Share(of, holder):
                files[file], remote["share"] = "{{ .share }}", f"shares/{of}-{holder}"
            case MailUrl():
                files[file], remote["mail"] = "{{ .mail }}", "mail/url"
            case PrivateKey(name):
                files[file], remote["key"] = "{{ .key }}", f"keys/{name}"
            case _ if value is POSTGRES:
                name = str(topology.database(each))
                where = f"postgres-rw:{POSTGRES.port}/{name}?sslmode=verify-full&sslrootcert={containers.SECRETS}/postgres-ca.crt"
                files[file], remote["postgres"] = f"postgresql://{name}:{{{{ .postgres }}}}@{where}", f"postgres/{name}"
            case _ if value is VALKEY:
                files[file] = f"redis://:{{{{ .valkey }}}}@{VALKEY.name}:{VALKEY.port}/0"
                remote["valkey"] = "valkey/password"
            case _ if value is OBJECTS:
                who = "reader" if each is EDGE else "keeper"
                files[file] = "[default]\naws_access_key_id = {{ .id }}\naws_secret_access_key = {{ .secret }}\n"
                remote |= {"id": f"bucket-{who}/id", "secret": f"bucket-{who}/secret"}
    return files, remote


def _remote(key: str, property_: str) -> Object:
    return {"key": f"§secrets.prefix§/{key}", "property": property_}


def _external(name: str, data: dict[str, str], remote: dict[str, str]) -> Object:
    spec = {
        "refreshInterval": "1h",
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "§secrets.store§"},
        "target": {"name": name, "template": {"engineVersion": "v2", "data": data}},
        "data": [{"secretKey": key, "remoteRef": _remote(*where.split("/"))} for key, where in remote.items()],
    }
    return _object(STORE_API, "ExternalSecret", name, spec)


# ---- the door: Gateway API, with a certificate that renews itself ----


def door() -> list[Object]:
    listeners = [
        {"name": "http", "port": 80, "protocol": "HTTP", "hostname": "§door.host§"},
        {
            "name": "https", "port": 443, "protocol": "HTTPS", "hostname": "§door.host§",
            "tls": {"mode": "Terminate", "certificateRefs": [{"name": "door"}]},
        },
    ]  # fmt: skip
    parent = {"name": "door", "sectionName": "https"}
    route = {
        "parentRefs": [parent],
        "hostnames": ["§door.host§"],
        "rules": [{"backendRefs": [{"name": EDGE.name, "port": EDGE.port}]}],
    }
    redirect = {
        "parentRefs": [{"name": "door", "sectionName": "http"}],
        "hostnames": ["§door.host§"],
        "rules": [
            {"filters": [{"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}]}
        ],
    }
    certificate = {
        "secretName": "door",
        "dnsNames": ["§door.host§"],
        "issuerRef": {"kind": "ClusterIssuer", "name": "§door.issuer§"},
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
    }
    challenge = {
        "podSelector": {"matchLabels": {"acme.cert-manager.io/http01-solver": "true"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"ports": [{"protocol": "TCP", "port": 8089}]}],
    }
    return [
        _object(
            "gateway.networking.k8s.io/v1",
            "Gateway",
            "door",
            {"gatewayClassName": "§door.class§", "listeners": listeners},
        ),
        _object("gateway.networking.k8s.io/v1", "HTTPRoute", "door", route),
        _object("gateway.networking.k8s.io/v1", "HTTPRoute", "door-redirect", redirect),
        _object("cert-manager.io/v1", "Certificate", "door", certificate),
        # cert-manager answers the authority's question by a pod of its own, which the door leads to.
        _object("networking.k8s.io/v1", "NetworkPolicy", "certificate-challenge", challenge),
    ]


# ---- scaling: by processor, by what a consumer lags behind, by what waits in a queue ----


def autoscaling() -> list[Object]:
    found: list[Object] = []
    for each in containers.deployables():
        if isinstance(each.scale, Queue) and isinstance(each, Service):
            found += _by_queue(each, each.scale)
        # The lake keeps its places in the topics with its tables and is in no group: nobody sees what it lags behind.
        elif isinstance(each, Service) and each.consumes and each is not topology.LAKE:
            found.append(_by_lag(each))
        else:
            found.append(by_processor(each.name, each.scale, _most(each)))
    return found


def _most(each: containers.Deployable) -> str:
    return "§scale.databaseMax§" if POSTGRES in each.needs else "§scale.max§"


def by_processor(name: str, scale: Any, most: str = "§scale.max§") -> Object:
    assert isinstance(scale, Cpu)
    share = {"type": "Utilization", "averageUtilization": int(scale.share * 100)}
    spec = {
        "scaleTargetRef": _target(name),
        "minReplicas": "§scale.min§",
        "maxReplicas": most,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": share}}],
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}},
    }
    return _object("autoscaling/v2", "HorizontalPodAutoscaler", name, spec, **{PART: name})


def _target(name: str) -> Object:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}


def _by_lag(each: Service) -> Object:
    assert isinstance(each.scale, Cpu)
    # Groups are called after the service, and anew after each rebuilding: only those that somebody is in count.
    group = f'consumergroup=~"{each.name}[.].*"'
    in_use = f"kafka_consumergroup_members{{{group}}} > 0"
    lag = f"sum(kafka_consumergroup_lag{{{group}}} and on (consumergroup) {in_use}) or vector(0)"
    spec = {
        "scaleTargetRef": {"name": each.name},
        "minReplicaCount": "§scale.min§",
        "maxReplicaCount": _most(each),
        "cooldownPeriod": 300,
        "triggers": [
            {"type": "cpu", "metricType": "Utilization", "metadata": {"value": str(int(each.scale.share * 100))}},
            {
                "type": "prometheus",
                "metadata": {"serverAddress": "§prometheus.url§", "query": lag, "threshold": "1000"},
            },
        ],
    }
    return _object("keda.sh/v1alpha1", "ScaledObject", each.name, spec)


def _by_queue(each: Service, scale: Queue) -> list[Object]:
    reference = {"secretTargetRef": [{"parameter": "connection", "name": f"{each.name}-queue", "key": "connection"}]}
    query = "SELECT count(*) FROM steps WHERE state <> 'done'"
    spec = {
        "scaleTargetRef": {"name": each.name},
        "minReplicaCount": "§scale.workersMin§",
        "maxReplicaCount": "§scale.workersMax§",
        "pollingInterval": 10,
        "cooldownPeriod": 300,
        "triggers": [
            {
                "type": "postgresql",
                "metadata": {"query": query, "targetQueryValue": str(scale.jobs)},
                "authenticationRef": {"name": f"{each.name}-queue"},
            }
        ],
    }
    return [
        _object("keda.sh/v1alpha1", "TriggerAuthentication", f"{each.name}-queue", reference),
        _object("keda.sh/v1alpha1", "ScaledObject", each.name, spec),
    ]


# ---- what watches ----


def monitoring() -> list[Object]:
    names = [each.name for each in services() if each.port]
    chosen = {"matchExpressions": [{"key": PART, "operator": "In", "values": names}]}
    spec = {
        "selector": chosen,
        "podMetricsEndpoints": [{"port": "http", "path": "/metrics", "interval": "15s"}],
        "podTargetLabels": [PART],
    }
    # Strimzi's exporter tells what consumers lag behind, by which they are scaled.
    exporter = {
        "selector": {"matchLabels": {"strimzi.io/name": f"{KAFKA_CLUSTER}-kafka-exporter"}},
        "podMetricsEndpoints": [{"port": "tcp-prometheus", "path": "/metrics", "interval": "15s"}],
    }
    api = "monitoring.coreos.com/v1"
    return [_object(api, "PodMonitor", "bijou", spec), _object(api, "PodMonitor", "kafka-exporter", exporter)]


# ---- a bucket, and a server for mail, that are not in the cluster ----


def outside() -> list[Object]:
    """Lets those that need the object store reach it, who sends mail its server, and nobody else anything, beyond the cluster."""
    needing = [each.name for each in containers.deployables() if OBJECTS in each.needs]
    private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"]
    block = {"ipBlock": {"cidr": "0.0.0.0/0", "except": private}}
    door_ = [{"to": [block], "ports": [{"protocol": "TCP", "port": 443}]}]
    chosen = {"matchExpressions": [{"key": PART, "operator": "In", "values": needing}]}
    api = "networking.k8s.io/v1"
    # Backends archive to a bucket, and ask the API server, whose address each cluster has of its own.
    kept = {"matchExpressions": [{"key": BACKEND, "operator": "In", "values": [POSTGRES.name, KAFKA.name]}]}
    everywhere = {"ports": [{"protocol": "TCP", "port": port} for port in (443, 6443)]}
    # To the server that takes mails: on the ports of submission (RFC 6409, RFC 8314).
    mailing = [each.name for each in containers.deployables() if MailUrl() in topology.told(each).values()]
    senders = {"matchExpressions": [{"key": PART, "operator": "In", "values": mailing}]}
    posted = [{"to": [block], "ports": [{"protocol": "TCP", "port": port} for port in (465, 587)]}]
    return [
        _object(
            api, "NetworkPolicy", "mail-outside", {"podSelector": senders, "policyTypes": ["Egress"], "egress": posted}
        ),
        _object(
            api, "NetworkPolicy", "bucket-outside", {"podSelector": chosen, "policyTypes": ["Egress"], "egress": door_}
        ),
        _object(
            api,
            "NetworkPolicy",
            "backends-outside",
            {"podSelector": kept, "policyTypes": ["Egress"], "egress": [everywhere]},
        ),
    ]


# ---- a new version of the gateway, tried on a few ----


def canary() -> list[Object]:
    api, name = "argoproj.io/v1alpha1", CANARY.name
    pods = f'pod=~"{name}-.*"'
    failed = ',status!~"5.."'
    asked = "sum(rate(bijou_http_requests_total{{{}}}[2m]))"
    good = f"{asked.format(pods + failed)} / {asked.format(pods)}"
    analysis = {
        "metrics": [
            {
                "name": "answers-that-are-no-failure",
                "interval": "30s",
                "count": 4,
                "failureLimit": 1,
                # Nobody asked: nothing is wrong.
                "successCondition": "len(result) == 0 || isNaN(result[0]) || result[0] >= 0.999",
                "provider": {"prometheus": {"address": "§prometheus.url§", "query": good}},
            }
        ]
    }
    tried = {"analysis": {"templates": [{"templateName": name}]}}
    rollout = {
        "workloadRef": {**_target(name), "scaleDown": "onsuccess"},
        "selector": {"matchLabels": {"app.kubernetes.io/instance": name}},
        "revisionHistoryLimit": 3,
        "strategy": {
            "canary": {
                "maxSurge": 1,
                "maxUnavailable": 0,
                "steps": [{"setWeight": 10}, tried, {"setWeight": 50}, tried],
            }
        },
    }
    return [_object(api, "AnalysisTemplate", name, analysis), _object(api, "Rollout", name, rollout)]


# ---- an edge for each region ----


def region(name: str) -> list[Object]:
    """The edge of a region, on nodes of that region; `name` may be a mark."""
    called = f"{EDGE.name}-{name}"
    made = [account(called), deployment(EDGE, called, name), disruption(called)]
    return [*made, by_processor(called, EDGE.scale)]


def regions() -> dict[str, list[Object]]:
    return {name: region(name) for name in REGIONS}
