"""Apache Kafka on the JDK, for the tests that want the original."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.local.nodes.base import NodeFailed
from deploy.local.nodes.tansu import Tansu
from deploy.local.ports import free_port

CLUSTER = "bijouTestCluster000000"  # 22 characters, as every cluster's name
USER, PASSWORD = "bijou", "a-long-enough-password"


def jars() -> Path:
    """The folder of Kafka's jars; skips the test where they or Java are missing."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "bijou" / "kafka"
    found = Path(os.environ.get("BIJOU_KAFKA_JARS", cache))
    if shutil.which("java") is None or not list(found.glob("kafka_*.jar")):
        pytest.skip(
            "no Java or no Apache Kafka on this machine: BIJOU_TEST_KAFKA=apache tests/setup/servers.sh fetches it"
        )
    return found


class ApacheKafka(Tansu):
    """One broker. Like the local one it forgets everything when it ends; `keystore` makes it insist on TLS and a password."""

    name = "kafka"

    def __init__(self, place: Path, port: int, keystore: Path | None = None) -> None:
        super().__init__(port, place / "kafka.log")
        self._place = place
        self._keystore = keystore
        self._inner = free_port()
        self._classes = f"{jars()}/*"

    def command(self) -> list[str]:
        # A small heap and the first compiler alone: it starts in a third of the time.
        java = ["java", "-Xms128m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", self._classes]
        return [*java, "kafka.Kafka", str(self._place / "server.properties")]

    def check(self) -> None:
        Tansu(self._inner, self.log_file).check()  # the door that asks for nothing; both open together

    def prepare(self) -> None:
        super().prepare()
        shutil.rmtree(self._place / "data", ignore_errors=True)
        properties = self._place / "server.properties"
        properties.write_text("".join(f"{name}={value}\n" for name, value in self._settings().items()))
        command = ["java", "-XX:TieredStopAtLevel=1", "-cp", self._classes, "kafka.tools.StorageTool", "format"]
        command += ["--standalone", "-t", CLUSTER, "-c", str(properties)]
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
            command += ["--add-scram", f"{mechanism}=[name={USER},password={PASSWORD}]"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise NodeFailed(done.stdout + done.stderr)

    def _settings(self) -> dict[str, str]:
        inner, controller = self._inner, free_port()
        outer = "PLAINTEXT" if self._keystore is None else "SASL_SSL"
        settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}",
            "listeners": f"OUTER://127.0.0.1:{self.port},INNER://127.0.0.1:{inner},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"OUTER://127.0.0.1:{self.port},INNER://127.0.0.1:{inner}",
            "listener.security.protocol.map": f"OUTER:{outer},INNER:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "INNER",
            "log.dirs": str(self._place / "data"),
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "group.initial.rebalance.delay.ms": "0",
            "auto.create.topics.enable": "false",
        }
        if self._keystore is not None:
            scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            plain = "org.apache.kafka.common.security.plain.PlainLoginModule required"
            settings |= {
                "ssl.keystore.type": "PEM",
                "ssl.keystore.location": str(self._keystore),
                "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
                "listener.name.outer.scram-sha-256.sasl.jaas.config": scram,
                "listener.name.outer.scram-sha-512.sasl.jaas.config": scram,
                "listener.name.outer.plain.sasl.jaas.config": f'{plain} user_{USER}="{PASSWORD}";',
            }
        return settings
