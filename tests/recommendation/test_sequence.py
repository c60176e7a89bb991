"""A sequence model as it answers: beside the closed forms, refused where it is broken, and left out where nothing can run it."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from services.recommendation.engine import artefact
from services.recommendation.engine.artefact import BrokenModel
from services.recommendation.engine.model import Following, Model
from services.recommendation.engine.plays import Plays
from services.recommendation.engine.sequence import answering
from services.recommendation.engine.sequence.answering import BrokenNetwork, Moved, Network
from services.recommendation.engine.weighing import scored
from services.recommendation.service.comparing import Compared, _over
from tests.recommendation.test_engine import measured
from tests.recommendation.test_models import FILMS, NUMBER, small

LONGEST = 4


def follows(table: NDArray[np.float32], longest: int = LONGEST, output: str = "scores") -> bytes:
    """A file that says of each last title what a row of a table says, and a tenth of that of the first in sight."""
    rows = np.vstack([table, np.zeros((1, table.shape[1]), np.float32)])
    numbers = {"table": rows, "last": np.array(-1), "first": np.array(0), "tenth": np.array(0.1, np.float32)}
    nodes = [
        helper.make_node("Gather", ["histories", "last"], ["newest"], axis=1),
        helper.make_node("Gather", ["histories", "first"], ["oldest"], axis=1),
        helper.make_node("Gather", ["table", "newest"], ["of_newest"], axis=0),
        helper.make_node("Gather", ["table", "oldest"], ["of_oldest"], axis=0),
        helper.make_node("Mul", ["of_oldest", "tenth"], ["less"]),
        helper.make_node("Add", ["of_newest", "less"], [output]),
    ]
    graph = helper.make_graph(
        nodes, "follows",
        [helper.make_tensor_value_info("histories", TensorProto.INT64, ["viewers", "places"])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["viewers", table.shape[1]])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in numbers.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    helper.set_model_props(model, {"longest": str(longest)})
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


TABLE = np.random.default_rng(4).normal(size=(NUMBER, NUMBER)).astype(np.float32)


def with_sequence(version: str = "m1", table: NDArray[np.float32] = TABLE, weight: float = 2.0) -> Model:
    """The small model, with a sequence beside it that counts so much, and the parts half of what they did."""
    model = small(version)
    data = follows(table)
    told = np.append(model.told / 2, np.float32(weight)).astype(np.float32)
    return replace(model, following=Following(data, told, Network(data, len(table))))


def test_a_network_answers_of_the_newest_as_far_as_it_looks() -> None:
    network = Network(follows(TABLE), NUMBER)
    assert network.longest == LONGEST
    assert network.scores([7]) == pytest.approx(TABLE[7] * 1.1, rel=1e-6)
    # The newest first: 7 is the last title, and 2 the oldest that it looks at.
    assert network.scores([7, 5, 3, 2, 11]) == pytest.approx(TABLE[7] + 0.1 * TABLE[2], rel=1e-5)
    together = network.of_many([np.array([11, 2, 3, 5, 7]), np.array([2, 3, 5, 7])])
    assert together[0] == pytest.approx(network.scores([7, 5, 3, 2, 11]), rel=1e-5)
    assert together[1] == pytest.approx(together[0], rel=1e-5)
    assert network.of_many([]).shape == (0, NUMBER)


def test_scores_and_what_they_are_the_sum_of_have_the_sequence_in_them() -> None:
    model = with_sequence()
    history = [3, 0]
    terms = model.terms(history)
    assert terms["sequence"] == pytest.approx(2.0 * (TABLE[3] + 0.1 * TABLE[0]), rel=1e-5)
    assert sum(terms.values()) == pytest.approx(model.scores(history), rel=1e-6)
    # One by one and many at once are the same.
    plays = Plays.of(np.array([0, 0]), np.array([0, 3]), np.array([1.0, 2.0]), NUMBER)
    many = scored(plays, model, slice(0, 1))[0]
    new = np.isfinite(many)
    assert many[new] == pytest.approx(model.scores(history)[new], rel=1e-4)
    # Without a history there is no order.
    assert "sequence" not in model.terms([])


def test_where_a_network_fails_the_closed_forms_go_on_and_it_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    model = with_sequence("m-fails")
    assert model.following is not None
    # A place that the network was not made for.
    of_others = replace(model.following, network=Network(follows(TABLE[:, :5][:5]), 5))
    broken = replace(model, following=of_others)
    for _ in range(3):
        assert broken.scores([9]) == pytest.approx(sum(broken.terms([9]).values()))
    assert set(broken.terms([9])) == set(model.terms([9])) - {"sequence"}
    assert sum("sequence_model_fails" in record.getMessage() for record in caplog.records) == 1


def test_a_model_with_a_sequence_is_one_file() -> None:
    model = with_sequence()
    data = artefact.packed(model)
    again = artefact.unpacked(data, artefact.digest(data))
    assert again.following is not None
    assert again.scores([3, 0]) == pytest.approx(model.scores([3, 0]), rel=1e-6)


def test_without_onnxruntime_the_closed_forms_answer_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    model = with_sequence()
    data = artefact.packed(model)
    monkeypatch.setattr(artefact, "able", lambda: False)
    again = artefact.unpacked(data, artefact.digest(data))
    assert again.following is not None
    assert again.network is None
    assert again.scores([3, 0]) == pytest.approx(small().scores([3, 0]), rel=1e-6)
    assert "sequence" not in again.terms([3, 0])
    # It is kept as it was for who can use it.
    assert artefact.packed(again) == data
    monkeypatch.setattr(answering, "able", lambda: False)
    with pytest.raises(answering.Unable):
        Network(follows(TABLE), NUMBER)


BROKEN = {
    "cut short": follows(TABLE)[:-40],
    "nothing": b"",
    "not ONNX": b"<html>not found</html>",
    "other titles": follows(TABLE[:5, :5]),
    "no numbers": follows(np.full_like(TABLE, np.nan)),
    "no such output": follows(TABLE, output="other"),
    "no length": follows(TABLE, longest=0),
}


@pytest.mark.parametrize("wrong", BROKEN)
def test_a_network_that_is_none_is_refused_and_so_is_its_model(wrong: str) -> None:
    with pytest.raises(BrokenNetwork):
        Network(BROKEN[wrong], NUMBER)
    with np.load(io.BytesIO(artefact.packed(with_sequence()))) as file:
        arrays: dict[str, Any] = {name: file[name] for name in file.files}
    arrays["sequence"] = np.frombuffer(BROKEN[wrong], np.uint8)
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    with pytest.raises(BrokenModel, match="sequence"):
        artefact.unpacked(out.getvalue(), artefact.digest(out.getvalue()))


@pytest.mark.parametrize("wrong", [np.zeros(3, np.float32), np.full(7, np.nan, np.float32)])
def test_weights_that_are_not_of_its_parts_are_refused(wrong: NDArray[np.float32]) -> None:
    model = with_sequence()
    assert model.following is not None
    changed = wrong if len(wrong) == 3 else np.full_like(model.following.told, np.nan)
    data = artefact.packed(replace(model, following=replace(model.following, told=changed)))
    with pytest.raises(BrokenModel):
        artefact.unpacked(data, artefact.digest(data))


def test_a_model_of_before_is_still_read() -> None:
    """Its parts are none that spread."""
    with np.load(io.BytesIO(artefact.packed(small()))) as file:
        arrays = {name: file[name] for name in file.files}
    told = arrays["about"].tobytes().replace(b'"format": 2', b'"format": 1').replace(b', "spread": false', b"")
    assert b"spread" not in told
    arrays["about"] = np.frombuffer(told, np.uint8)
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    again = artefact.unpacked(out.getvalue(), artefact.digest(out.getvalue()))
    assert again.scores([3, 0]) == pytest.approx(small().scores([3, 0]))


def test_a_rival_of_another_list_of_titles_answers_by_its_own() -> None:
    model = with_sequence()
    other = [event.title_id for event in FILMS[::-1]][: NUMBER - 4]
    moved = _over(model, other)
    history = [1, 5]
    there = {title_id: place for place, title_id in enumerate(model.titles)}
    ours = [there[other[place]] for place in history]
    assert moved.network is not None
    assert model.network is not None
    found, wanted = moved.network.scores(history), model.network.scores(ours)
    assert found == pytest.approx([wanted[there[title_id]] for title_id in other], rel=1e-5)
    # After titles that it does not know it knows nothing.
    nothing = Moved(model.network, np.full(NUMBER, -1), 3)
    assert nothing.scores([0, 1]).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(("without", "helps"), [((0.1, 0.1), True), ((0.5, 0.6), False)])
def test_a_sequence_is_kept_only_where_it_helps_beyond_chance(without: tuple[float, ...], helps: bool) -> None:
    rankings = {"new": measured(0.5, 0.6), "popularity": measured(0.1, 0.1), "without sequence": measured(*without)}
    assert Compared("since then", rankings).sequence_helps is helps
    assert not Compared("since then", {"new": measured(0.5)}).sequence_helps
