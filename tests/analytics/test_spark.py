"""Spark and DuckDB say the same: every job and every question, on the same tables; and each reads what the other wrote."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.analytics.engines.duck import Duck
from pipelines.analytics.service.jobs import JOBS
from pipelines.analytics.service.questions import questions
from pipelines.analytics.tables import rows_by_day
from tests.analytics.fortnight import ANSWERS, a_day
from tests.analytics.places import Place

pytestmark = pytest.mark.spark
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "bijou" / "spark"
JARS = Path(os.environ.get("BIJOU_SPARK", CACHE)) / "jars"
HERE = {
    "spark.master": "local[2]",
    "spark.jars": ",".join(map(str, sorted(JARS.glob("*.jar")))),
    "spark.ui.enabled": "false",
    "spark.driver.memory": "1g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
}


@pytest.fixture(scope="module")
def spark(two_weeks: Place) -> Iterator[Any]:
    pytest.importorskip("pyspark", reason="Spark is not here: make test-spark fetches it")
    if shutil.which("java") is None or not HERE["spark.jars"]:
        pytest.skip("no Java, or no jars of Spark: make test-spark fetches them")
    from pipelines.analytics.engines.spark import Spark, session

    made = session(two_weeks.lake(), HERE)
    yield Spark(made)
    made.stop()


@pytest.fixture(scope="module")
def duck(two_weeks: Place) -> Iterator[Duck]:
    with Duck(two_weeks.lake()) as made:
        yield made


def rows(found: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in found.to_pylist()]


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_question_has_one_answer(spark: Any, name: str) -> None:
    assert rows(spark.ask(questions()[name].sql)) == ANSWERS[name]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_makes_the_same_of_every_day(spark: Any, duck: Duck, job: Any) -> None:
    days = sorted(rows_by_day(duck.table(job.table)))
    assert days
    for day in days:
        theirs, ours = spark.ask(job.sql(day)), duck.ask(job.sql(day))
        assert theirs.column_names == ours.column_names
        assert sorted(map(str, rows(theirs))) == sorted(map(str, rows(ours)))


def test_each_reads_what_the_other_wrote(spark: Any, duck: Duck) -> None:
    job, day = JOBS[0], a_day(0)
    held = f"SELECT * FROM {job.table} WHERE day = CAST('{day}' AS DATE) ORDER BY session_id"
    before = rows(duck.ask(held))
    assert spark.replace(job.table, day, job.sql(day)) == len(before) == 3
    duck.refresh()
    assert rows(duck.ask(held)) == before == rows(spark.ask(held))
    assert spark.replace("lake.made_by_spark", day, job.sql(day)) == 3
    assert spark.replace("lake.made_by_spark", day, job.sql(day)) == 3
    duck.refresh()
    assert rows(duck.ask(held.replace(job.table, "lake.made_by_spark"))) == before
