"""`make evaluate` where there is no data but its own: the tables are printed, and a model that learns wins."""

from pathlib import Path

import pytest

from bench import recommendation as bench


def test_tables_are_printed_without_any_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(bench, "FILE", tmp_path / "nothing.parquet")
    monkeypatch.setattr(bench, "MONTHS", 2)
    everything = bench.plays()
    assert (everything.size, everything.number) == (bench.VIEWERS, bench.TITLES)
    bench.leave_one_out(everything)
    bench.temporal(everything)
    told = dict(
        line.removeprefix("RESULT ").split("=") for line in capsys.readouterr().out.splitlines() if "RESULT" in line
    )
    assert {name.rpartition("_ndcg")[0] for name in told if "ndcg" in name} == {
        "recommendation_leave_one_out", "recommendation_temporal",
    }  # fmt: skip
    assert float(told["recommendation_leave_one_out_ndcg_at_10"]) > 0.2
    assert float(told["recommendation_temporal_over_popularity"]) > 1
