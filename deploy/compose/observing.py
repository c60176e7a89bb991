"""What watches the platform in compose, behind the profile `observe`: metrics, logs, dashboards, and a place for traces."""

from __future__ import annotations

from typing import Any

from deploy.containers import deployables
from deploy.deployable import Service

PROFILE = "observe"
PLACE = "./deploy/compose/observe"
_HELD = {
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "restart": "unless-stopped",
    "profiles": [PROFILE],
}


def services() -> dict[str, dict[str, Any]]:
    """Every one of them by its name."""
    return {
        "prometheus": {
            "image": "prom/prometheus:v3.5.0",
            **_HELD,
            "command": ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.retention.time=15d"],
            "volumes": [f"{PLACE}/prometheus.yml:/etc/prometheus/prometheus.yml:ro", "prometheus:/prometheus"],
            "networks": ["inside"],
            "healthcheck": _asks("http://127.0.0.1:9090/-/ready"),
        },
        "loki": {
            "image": "grafana/loki:3.5.5",
            **_HELD,
            "command": ["-config.file=/etc/loki/loki.yml"],
            "volumes": [f"{PLACE}/loki.yml:/etc/loki/loki.yml:ro", "loki:/loki"],
            "networks": ["inside"],
        },
        "tempo": {
            "image": "grafana/tempo:2.8.2",
            **_HELD,
            "command": ["-config.file=/etc/tempo.yml"],
            "volumes": [f"{PLACE}/tempo.yml:/etc/tempo.yml:ro", "tempo:/var/tempo"],
            "networks": ["inside"],
        },
        # Root inside, without a single right of root's but to own the folder of Docker's logs, which it only reads.
        "collector": {
            "image": "otel/opentelemetry-collector-contrib:0.135.0",
            **_HELD,
            "user": "0",
            "command": ["--config=/etc/collector.yml"],
            "volumes": [
                f"{PLACE}/collector.yml:/etc/collector.yml:ro",
                "/var/lib/docker/containers:/var/lib/docker/containers:ro",
            ],
            "networks": ["inside"],
            "depends_on": {"loki": {"condition": "service_started"}, "tempo": {"condition": "service_started"}},
        },
        "grafana": {
            "image": "grafana/grafana:12.2.0",
            **_HELD,
            "environment": {
                "GF_SECURITY_ADMIN_PASSWORD__FILE": "/run/secrets/grafana",
                "GF_ANALYTICS_REPORTING_ENABLED": "false",
                "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
            },
            "secrets": [{"source": "grafana_password", "target": "/run/secrets/grafana"}],
            "volumes": [
                f"{PLACE}/grafana.yml:/etc/grafana/provisioning/datasources/bijou.yml:ro",
                "grafana:/var/lib/grafana",
            ],
            "ports": ["127.0.0.1:${BIJOU_GRAFANA_PORT:-3000}:3000"],
            "networks": ["inside", "front"],
            "depends_on": {"prometheus": {"condition": "service_healthy"}},
        },
    }


def prometheus() -> dict[str, Any]:
    """Prometheus' configuration: every part of ours that answers."""
    jobs = [
        {"job_name": each.name, "static_configs": [{"targets": [f"{each.name}:{each.port}"]}]}
        for each in deployables()
        if isinstance(each, Service) and each.port
    ]
    return {"global": {"scrape_interval": "15s"}, "scrape_configs": jobs}


def _asks(url: str) -> dict[str, Any]:
    return {"test": ["CMD", "wget", "-q", "-O", "/dev/null", url], "interval": "10s", "timeout": "5s", "retries": 6}
