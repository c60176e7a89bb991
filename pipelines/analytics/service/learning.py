"""What a recommender learns from, out of the lake: who watched which title when first, of the people that it may learn from."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from uuid import UUID

import pyarrow as pa

from pipelines.analytics.ciphers import Cipher
from pipelines.analytics.domain import MODELLED
from pipelines.analytics.engines.duck import Duck
from pipelines.analytics.repository import Repository
from pipelines.analytics.service.keyring import subject

TABLE = f"{MODELLED}.training_plays"
BATCH = 10_000
Play = tuple[UUID, UUID, float]
# A play of before this moment was forgotten, so it is none.
_FIRST = f"""
SELECT people.profile_id, plays.title_id, min(epoch(plays.started_at)) AS first_at
FROM {TABLE} plays JOIN people ON plays.profile_id = people.sealed
LEFT JOIN hidden ON hidden.sealed = people.sealed AND hidden.title_id = plays.title_id
WHERE plays.title_id IS NOT NULL AND (people.since IS NULL OR epoch(plays.started_at) > people.since)
  AND (hidden.since IS NULL OR epoch(plays.started_at) > hidden.since)
GROUP BY people.profile_id, plays.title_id ORDER BY people.profile_id, first_at, plays.title_id
"""  # noqa: S608  names of ours


def plays(
    duck: Duck,
    repository: Repository,
    people: Mapping[UUID, datetime | None],
    hidden: Mapping[tuple[UUID, UUID], datetime],
) -> Iterator[Play]:
    """Profile, title and Unix seconds of each first play, in the order of profiles and times.

    `people`: of whom to learn, and since when where what they did before was forgotten. Of others, and of those whose keys
    were destroyed, nothing can be read. `hidden`: titles (profile, title) of which what was played until then is forgotten.
    """
    known = _sealed(repository, people)
    duck.connection.register("people", known)
    duck.connection.register("hidden", _hidden(known, hidden))
    try:
        reader = duck.connection.execute(_FIRST).to_arrow_reader(BATCH)
        for batch in reader:
            columns = (batch.column(name).to_pylist() for name in ("profile_id", "title_id", "first_at"))
            for profile_id, title_id, at in zip(*columns, strict=True):
                yield UUID(profile_id), UUID(title_id), at
    finally:
        duck.connection.unregister("hidden")
        duck.connection.unregister("people")


def newest(duck: Duck) -> datetime | None:
    """When the newest play in the lake began; None where there is none, or no such table."""
    if TABLE not in duck.names():
        return None
    row = duck.connection.execute(f"SELECT epoch(max(started_at)) FROM {TABLE}").fetchone()  # noqa: S608  a name of ours
    return datetime.fromtimestamp(row[0], UTC) if row and row[0] is not None else None


def _sealed(repository: Repository, people: Mapping[UUID, datetime | None]) -> pa.Table:
    """Whose rows are whose: the lake knows a profile by what its own key makes of its id."""
    names, sealed, since = [], [], []
    waiting = iter(sorted(people))
    while some := list(itertools.islice(waiting, BATCH)):
        subjects = {subject(str(profile_id)): profile_id for profile_id in some}
        for known, key in repository.known(list(subjects)).items():
            if key is not None:
                profile_id = subjects[known]
                names.append(str(profile_id))
                sealed.append(Cipher(key).seal(str(profile_id)))
                forgotten = people[profile_id]
                since.append(None if forgotten is None else forgotten.timestamp())
    columns = (pa.array(names, pa.string()), pa.array(sealed, pa.string()), pa.array(since, pa.float64()))
    return pa.table(dict(zip(("profile_id", "sealed", "since"), columns, strict=True)))


def _hidden(people: pa.Table, hidden: Mapping[tuple[UUID, UUID], datetime]) -> pa.Table:
    """What is hidden, by the names that the lake knows profiles by."""
    sealed = dict(zip(people["profile_id"].to_pylist(), people["sealed"].to_pylist(), strict=True))
    rows = [(sealed[str(who)], str(title), at.timestamp()) for (who, title), at in hidden.items() if str(who) in sealed]
    types = {"sealed": pa.string(), "title_id": pa.string(), "since": pa.float64()}
    return pa.table({name: pa.array([row[at] for row in rows], kind) for at, (name, kind) in enumerate(types.items())})
