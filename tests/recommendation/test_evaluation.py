"""`make evaluate` where there is no data but its own: the tables are printed, and a model that learns wins."""

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from bench import recommendation as bench
from services.recommendation.engine import measuring


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


def test_genres_are_off_where_others_are_shown_than_were_watched() -> None:
    genres = sparse.csr_matrix(np.array([[1, 0], [1, 0], [0, 1], [0, 1], [1, 1]]))
    watched = sparse.csr_matrix(np.array([[1, 0, 1, 0, 0], [1, 1, 0, 0, 0]]))
    ranked = np.array([[1, 3], [3, 2]])
    even, other = measuring.off_taste(ranked, watched, genres)
    # Half of each, as before; and nothing of what alone was watched before.
    assert even == pytest.approx(0.0, abs=1e-9)
    assert other == pytest.approx(np.log2(1 / measuring.MIXED_IN))
    # A title of two genres is half of each.
    assert measuring.off_taste(np.array([[4]]), watched[:1], genres)[0] == pytest.approx(0.0, abs=1e-9)
