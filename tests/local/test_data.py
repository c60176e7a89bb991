"""Secrets, ports and the lock of the data directory."""

import json
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import ports
from deploy.local.data import AlreadyRunning, Damaged, Data, readable_password


def test_secrets_are_private_and_stay_the_same(tmp_path: Path) -> None:
    data = Data(tmp_path)
    first = data.secrets(["catalog"])
    for path in (tmp_path / "secrets.json", data.private_key("signing_key")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = data.private_key("signing_key").read_text()
    second = data.secrets(["catalog", "billing"])
    assert second.databases["catalog"] == first.databases["catalog"]
    assert second.databases["billing"] not in ("", first.databases["catalog"])
    assert (second.named, second.admin, second.demo) == (first.named, first.admin, first.demo)
    assert data.private_key("signing_key").read_text() == key


def test_a_service_that_went_keeps_its_password(tmp_path: Path) -> None:
    data = Data(tmp_path)
    first = data.secrets(["catalog"])
    assert data.secrets([]).databases == first.databases


def test_the_files_of_an_earlier_version_go_on_working(tmp_path: Path) -> None:
    """What stands in a data directory that somebody has films in: no password may change, none may be lost."""
    people = {name: {"email": f"{name}@bijou.local", "password": "x"} for name in ("admin", "demo")}
    known = {"postgres": "p", "valkey": "v", "grant": "g", "gateway": "w", "databases": {"catalog": "c"}, **people}
    (tmp_path / "secrets.json").write_text(json.dumps({**known, "of_a_part_that_went": "kept"}))
    (tmp_path / "signing_key.pem").write_text("the key of every token that is out there")
    found = Data(tmp_path).secrets(["catalog"])
    added = {"sealing": found.named["sealing"]}
    assert found.named == {name: known[name] for name in ("postgres", "valkey", "grant", "gateway")} | added
    assert (found.databases, found.admin.password) == ({"catalog": "c"}, "x")
    assert json.loads((tmp_path / "secrets.json").read_text()) == {**known, **added, "of_a_part_that_went": "kept"}
    assert Data(tmp_path).private_key("signing_key").read_text() == "the key of every token that is out there"


def test_no_two_platforms_have_the_same_secrets(tmp_path: Path) -> None:
    one, other = Data(tmp_path / "a"), Data(tmp_path / "b")
    for data in (one, other):
        data.make()
    assert one.secrets([]).named["grant"] != other.secrets([]).named["grant"]
    assert one.secrets([]).admin.password != other.secrets([]).admin.password
    assert len({readable_password() for _ in range(100)}) == 100


def test_a_taken_port_is_avoided_and_the_choice_remembered(tmp_path: Path) -> None:
    data = Data(tmp_path)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]
        chosen = data.ports({"public": taken})["public"]
        assert chosen != taken
    assert data.ports({"public": taken})["public"] == chosen
    assert json.loads((tmp_path / "ports.json").read_text()) == {"public": chosen}


def test_two_parts_never_get_one_port(tmp_path: Path) -> None:
    port = ports.free_port()
    chosen = Data(tmp_path).ports({"a": port, "b": port, "c": port})
    assert chosen["a"] == port
    assert len(set(chosen.values())) == 3


def test_a_port_that_was_asked_for_is_not_silently_another(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]
        with pytest.raises(ports.PortTaken, match=str(taken)):
            Data(tmp_path).ports({"public": 8080}, {"public": taken})


@pytest.mark.parametrize("host", ["nope.invalid", "203.0.113.7", "::1"])
def test_an_address_that_is_not_ours_is_said_to_be_none(tmp_path: Path, host: str) -> None:
    with pytest.raises(ports.NoSuchAddress, match=f"{host} is no IPv4 address of this machine"):
        Data(tmp_path).ports({"public": ports.free_port()}, host=host)


def test_one_launcher_at_a_time(tmp_path: Path) -> None:
    data = Data(tmp_path)
    hold = "import sys; from pathlib import Path; from deploy.local.data import Data\n"
    hold += "lock = Data(Path(sys.argv[1])).lock(); print('held', flush=True); sys.stdin.read()"
    assert data.launcher() is None
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "held\n"
        assert data.launcher() == other.pid
        with pytest.raises(AlreadyRunning, match=str(other.pid)):
            data.lock()
        other.kill()
        other.stdin.close()
    assert data.launcher() is None
    data.lock().close()


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "\x00\x00"])
def test_secrets_that_cannot_be_read_are_said_to_be_and_not_replaced(tmp_path: Path, text: str) -> None:
    (tmp_path / "secrets.json").write_text(text)
    with pytest.raises(Damaged, match=r"secrets\.json, which holds all passwords, .*make reset") as refused:
        Data(tmp_path).secrets([])
    assert "\n" not in str(refused.value)
    assert (tmp_path / "secrets.json").read_text() == text


def test_new_passwords_are_not_made_for_databases_that_ask_for_the_old_ones(tmp_path: Path) -> None:
    data = Data(tmp_path)
    data.postgres.mkdir()
    (data.postgres / "PG_VERSION").write_text("18")
    with pytest.raises(Damaged, match=r"secrets\.json is gone"):
        data.secrets([])
    assert not (tmp_path / "secrets.json").exists()


@pytest.mark.parametrize("text", ["", "{", "[8080]", '{"public": "8080"}', '{"public": 99999}', '{"public": null}'])
def test_ports_that_cannot_be_read_are_chosen_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / "ports.json").write_text(text)
    free = ports.free_port()
    assert Data(tmp_path).ports({"public": free}) == {"public": free}


def test_reset_deletes_what_is_ours_and_nothing_else(tmp_path: Path) -> None:
    data = Data(tmp_path)
    data.make()
    data.secrets([])
    mine = tmp_path / "holiday.jpg"
    mine.touch()
    owned = data.owned()
    assert data.private_key("signing_key") in owned
    assert data.volume("work") in owned
    assert data.store in owned
    assert mine not in owned
    assert data.films not in owned, "they are kept, not made again"
