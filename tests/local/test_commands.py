"""Command lines and configurations are made by pure functions; nothing runs here."""

import pwd
import subprocess
from pathlib import Path

from deploy.local import web
from deploy.local.data import ROOT
from deploy.local.nodes import nginx, postgres, tansu, unprivileged, valkey
from deploy.local.nodes.base import quoted
from deploy.local.nodes.program import Program


def test_postgres_listens_on_this_machine_only_and_has_no_socket() -> None:
    command = postgres.server_command(Path("/pg/bin"), Path("/data"), 5432, {"fsync": "on"})
    assert command[:3] == ["/pg/bin/postgres", "-D", "/data"]
    assert {"--listen_addresses=127.0.0.1", "--unix_socket_directories=", "--port=5432", "--fsync=on"} <= set(command)
    assert "--password_encryption=scram-sha-256" in command


def test_a_cluster_never_trusts_without_a_password() -> None:
    command = postgres.initdb_command(Path("/pg/bin"), Path("/data"), Path("/run/pw"))
    assert "--auth=scram-sha-256" in command
    assert "--pwfile=/run/pw" in command
    assert not any("trust" in part for part in command)


def test_valkeys_password_is_in_its_file_and_not_in_its_command() -> None:
    assert valkey.server_command(Path("/bin/valkey"), Path("/data/valkey.conf")) == ["/bin/valkey", "/data/valkey.conf"]
    lines = valkey.configuration(Path("/a b"), 6379, "hush").splitlines()
    assert {"bind 127.0.0.1", "requirepass hush", "appendonly yes", "appendfsync everysec", 'dir "/a b"'} <= set(lines)
    assert not any(line.startswith("requirepass") for line in valkey.configuration(Path("/a"), 1, "").splitlines())


def test_the_broker_advertises_where_it_listens() -> None:
    command = tansu.server_command(Path("/bin/tansu"), 9092)
    assert "--listener-url=tcp://127.0.0.1:9092" in command
    assert "--advertised-listener-url=tcp://127.0.0.1:9092" in command


def test_nginx_keeps_to_its_own_directory() -> None:
    command = nginx.server_command(Path("/bin/nginx"), Path("/edge"), Path("/edge/nginx.conf"))
    assert command == ["/bin/nginx", "-p", "/edge", "-c", "/edge/nginx.conf", "-e", "stderr"]


def test_a_program_can_be_typed_by_hand(tmp_path: Path) -> None:
    module = Program("x", "services.x.main", {}, tmp_path / "x.log").command()
    assert module[1:] == ["-m", "services.x.main"]
    function = Program("x", "some.module:main", {}, tmp_path / "x.log").command()
    assert function[1:] == ["-c", "from some.module import main; main()"]
    assert quoted(["a b", "c"]) == "'a b' c"


def test_npm_runs_on_the_packaged_node() -> None:
    assert web.npm_command(Path("/node"), "ci") == ["/node/bin/node", "/node/lib/node_modules/npm/bin/npm-cli.js", "ci"]


def test_the_installers_use_the_systems_certificates() -> None:
    """Behind a proxy that inspects TLS, those that uv and Node.js bring along refuse every registry."""
    bare = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    printed = subprocess.run(
        ["make", "-s", "--eval=show: ; @env", "show"], cwd=ROOT, env=bare, capture_output=True, text=True, check=True
    ).stdout
    told = dict(line.split("=", 1) for line in printed.splitlines() if "=" in line)
    assert told["UV_SYSTEM_CERTS"] == told["NODE_USE_SYSTEM_CA"] == "1"
    assert Path(told["PIP_CERT"]).is_file()


def test_a_web_build_is_repeated_only_when_an_input_changes(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "node_modules").mkdir()
    source = tmp_path / "src" / "main.ts"
    source.write_text("one")
    (tmp_path / "node_modules" / "noise.js").write_text("x")
    assert web.inputs(tmp_path) == [source]
    first = web.fingerprint(web.inputs(tmp_path), tmp_path)
    assert web.fingerprint(web.inputs(tmp_path), tmp_path) == first
    source.write_text("two")
    assert web.fingerprint(web.inputs(tmp_path), tmp_path) != first


def test_a_closed_directory_above_is_noticed(tmp_path: Path) -> None:
    someone = pwd.struct_passwd(("someone", "x", 54321, 54321, "", "/", ""))
    open_folder = tmp_path / "open"
    open_folder.mkdir(mode=0o755)
    tmp_path.chmod(0o700)
    assert not unprivileged.reachable(open_folder, someone)
    assert unprivileged.behind_closed_door([open_folder], someone)
    assert unprivileged.behind_closed_door([open_folder], None) is False
