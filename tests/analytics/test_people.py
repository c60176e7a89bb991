"""What is a person's is sealed in every file; once its key is erased nothing of it can be read, whatever comes after."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from uuid import UUID

import pytest
from typer.testing import CliRunner

from cli.__main__ import app
from libs.chassis.ids import new_id
from libs.contracts.catalog import TitleRated
from libs.contracts.identity import AccountChanged, Device, Profile
from pipelines.analytics.domain import kind_of
from pipelines.analytics.repository import Repository
from pipelines.analytics.service import keyring
from pipelines.analytics.service.erasure import traces
from pipelines.analytics.service.keyring import Keyring, subject
from tests.analytics.places import NOON, Place, record, started

ACCOUNTS, RATINGS = "identity.accounts", "catalog.ratings"


def account_changed(
    account: UUID, *profiles: UUID, gone: tuple[UUID, ...] = (), status: str = "active"
) -> AccountChanged:
    people = {
        "profiles": tuple(Profile(id=profile, name="Amélie Q") for profile in profiles),
        "devices": (Device(id=new_id(), name="Amélie's phone"),),
        "erased_profiles": gone,
    }
    return AccountChanged(account_id=account, version=1, status=status, changed_at=NOON, **people)


def files_with(place: Place, *texts: str) -> list[str]:
    """The tables in which one of these can be read, in any column of any row."""
    lake = place.lake()
    found = []
    for name in lake.names():
        table = lake.find(name)
        assert table is not None
        rows = json.dumps(table.scan().to_arrow().to_pylist(), default=str, ensure_ascii=False)
        found += [name for text in texts if text in rows]
    return found


def test_what_is_personal_is_known_from_the_contracts() -> None:
    assert ("profiles", "*", "name") in kind_of(AccountChanged).personal
    assert ("profiles", "*", "id") in kind_of(AccountChanged).personal
    assert kind_of(TitleRated).personal == (("profile_id",),)


def test_nobody_can_be_read_and_once_the_key_is_gone_not_even_with_it(place: Place) -> None:
    account, profile = new_id(), new_id()
    accounts, sessions, ratings = (place.intake(topic) for topic in (ACCOUNTS, "playback.sessions", RATINGS))
    rated = TitleRated(title_id=new_id(), profile_id=profile, stars=4, count=1, rated_at=NOON)
    # A rating names its profile alone, and comes before anybody knows whose profile that is.
    ratings.add([record(rated, 0)])
    ratings.flush()
    accounts.add([record(account_changed(account, profile), 0)])
    accounts.flush()
    sessions.add([record(started(account_id=account, profile_id=profile), number) for number in range(3)])
    sessions.flush()
    others = started()
    sessions.add([record(others, 3)])
    sessions.flush()
    assert files_with(place, str(account), str(profile), "Amélie") == []
    # With the key it is read, in every table.
    lake, repository = place.lake(), place.repository()
    assert {trace.table for trace in traces(lake, repository, str(account))} == {
        "raw.identity_accounts",
        "raw.playback_sessions",
    }
    assert {trace.table for trace in traces(lake, repository, str(profile))} == {
        "raw.identity_accounts",
        "raw.playback_sessions",
        "raw.catalog_ratings",
    }

    accounts.add([record(account_changed(account, gone=(profile,), status="erased"), 1)])
    accounts.flush()
    assert traces(lake, repository, str(account)) == traces(lake, repository, str(profile)) == []
    assert traces(lake, repository, str(others.account_id)) != []

    # What was in flight, by a sink that knew the key and by one that starts now.
    late = place.intake()
    for sink, place_in_topic in ((late, 4), (sessions, 5)):
        sink.open()
        sink.add([record(started(account_id=account, profile_id=profile), place_in_topic)])
        assert sink.flush() == 1
    ratings.add([record(rated.model_copy(update={"stars": 5}), 1)])
    ratings.flush()
    assert files_with(place, str(account), str(profile), "Amélie") == []
    assert traces(lake, repository, str(account)) == traces(lake, repository, str(profile)) == []
    Keyring(repository).erase([str(account)])  # twice changes nothing
    assert len(place.rows("raw.playback_sessions")) == 6


def test_of_a_profile_that_is_gone_nothing_can_be_read_and_the_others_of_its_account_stay(place: Place) -> None:
    """What it did is told after the lake heard that it is gone, too: by somebody who had no net."""
    account, gone, stays = new_id(), new_id(), new_id()
    accounts, sessions = place.intake(ACCOUNTS), place.intake("playback.sessions")
    lake, repository = place.lake(), place.repository()
    accounts.add([record(account_changed(account, gone, stays), 0)])
    accounts.flush()
    sessions.add(
        [record(started(account_id=account, profile_id=each), number) for number, each in enumerate((gone, stays))]
    )
    sessions.flush()
    assert len(traces(lake, repository, str(gone))) == len(traces(lake, repository, str(stays))) == 2

    # An older state of the account comes again in the same batch.
    accounts.add(
        [record(account_changed(account, gone, stays), 1), record(account_changed(account, stays, gone=(gone,)), 2)]
    )
    accounts.flush()
    late = place.intake()
    late.add(
        [record(started(account_id=account, profile_id=each), 2 + number) for number, each in enumerate((gone, stays))]
    )
    assert late.flush() == 2
    assert traces(lake, repository, str(gone)) == []
    assert len(traces(lake, repository, str(stays))) == 2 + 2 + 1
    # Its plays are still its account's.
    told = [json.loads(row["data"]) for row in place.rows("raw.playback_sessions")]
    assert len({each["account_id"] for each in told}) == 1
    assert sorted(str(each["profile_id"])[:7] for each in told) == ["None", "sealed:", "sealed:", "sealed:"]
    assert files_with(place, str(account), str(gone), str(stays), "Amélie") == []


def test_who_was_erased_by_another_process_is_sealed_by_nobody_any_more(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By hand, or by the sink that reads accounts: this one had the key in memory."""
    monkeypatch.setattr(keyring, "LOOK_SECONDS", 0.0)
    account, profile = new_id(), new_id()
    sink = place.intake()
    sink.add([record(started(account_id=account, profile_id=profile), 0), record(started(), 1)])
    sink.flush()
    Keyring(place.repository()).erase([str(account)])
    sink.add([record(started(account_id=account, profile_id=profile), 2), record(started(), 3)])
    assert sink.flush() == 2
    told = {row["offset"]: json.loads(row["data"]) for row in place.rows("raw.playback_sessions")}
    assert (told[2].get("account_id"), told[2].get("profile_id")) == (None, None)
    assert all(str(told[other]["account_id"]).startswith("sealed:") for other in (0, 1, 3))
    assert traces(place.lake(), place.repository(), str(account)) == []


def test_somebody_is_erased_by_hand(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    event = started()
    sink = place.intake()
    sink.add([record(event, 0), record(started(), 1)])
    sink.flush()
    for name, value in (("BIJOU_DATABASE_URL", place.database_url), ("BIJOU_OBJECT_STORE_URL", place.store_url)):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("BIJOU_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    account = str(event.account_id)

    def said(*arguments: str, answer: str = "") -> tuple[int, str]:
        found = CliRunner().invoke(app, ["lake", *arguments], input=answer)
        return found.exit_code, found.output

    assert said("traces", account)[0] == 1
    unknown = said("erase", str(new_id()), "--force")
    assert unknown[0] == 1 and "Nothing was erased" in unknown[1]
    assert said("erase", account, answer="n\n")[0] == 1
    assert "2 readable traces" in said("traces", account)[1]  # its key in the topic, and its id in the event
    code, told = said("erase", account, answer="y\n")
    assert code == 0 and "0 readable traces" in told
    assert said("traces", account.upper()) == (0, "0 readable traces.\n")
    # What is mistyped, or was never here, is no proof.
    assert said("traces", "ada@example.com")[0] == said("erase", "nonsense", "--force")[0] == 1
    code, told = said("traces", str(new_id()))
    assert code == 3 and "knows nothing" in told
    assert said("erase", account, "--force")[0] == 0
    assert len(place.rows("raw.playback_sessions")) == 2


def test_an_erasure_that_is_told_again_and_again_leaves_the_keys_of_others_at_hand(place: Place) -> None:
    class Counting(Repository):
        erased, asked = 0, 0

        def erase(self, subjects: Collection[bytes]) -> set[bytes]:
            self.erased += 1
            return super().erase(subjects)

        def keys(self, wanted: Mapping[bytes, tuple[bytes | None, bytes]]) -> dict[bytes, bytes | None]:
            self.asked += 1
            return super().keys(wanted)

    repository = Counting(place.database_url)
    held = Keyring(repository)
    account, profile, gone, other = (str(new_id()) for _ in range(4))
    held.prepare([(account, gone), (None, profile), (other, None)])
    # By another process's hand: this one has never heard whose profile that is.
    place.repository().keys({subject(profile): (subject(account), b"")})
    kept = held.of(other)
    for _ in range(3):
        held.erase([gone])
        held.prepare([(account, gone), (other, None)])
        assert (held.of(gone), held.of(other)) == (None, kept)
        assert held.of(account) is not None and held.of(profile) is not None
    assert (repository.erased, repository.asked) == (1, 1)
    held.erase([gone, account])
    assert (held.of(account), held.of(profile), held.of(other)) == (None, None, kept)
    assert repository.erased == 2
