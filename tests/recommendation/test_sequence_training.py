"""A sequence model learns an order, answers from its file as it did from PyTorch, and goes on where it was cut short.

`make test-sequence` fetches PyTorch for these; without it they are skipped.
"""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from services.recommendation.engine import training
from services.recommendation.engine.closed_forms import cut, markov
from services.recommendation.engine.model import Model
from services.recommendation.engine.plays import Plays, without_last
from services.recommendation.engine.sequence.answering import Network
from services.recommendation.service.comparing import measured, of_model, popular

torch = pytest.importorskip("torch", reason="PyTorch is not here: make test-sequence fetches it")

# Without PyTorch these cannot even be loaded.
from services.recommendation.engine.sequence import fitting, network  # noqa: E402
from services.recommendation.engine.sequence.exporting import exported  # noqa: E402
from services.recommendation.engine.sequence.fitting import Fitting, Size  # noqa: E402

pytestmark = [pytest.mark.sequence, pytest.mark.timeout(600)]

TITLES = 61  # a prime: nobody comes back to where he was
SMALL = Size(width=32, blocks=2, heads=2, longest=30, dropout=0.0, rounds=45, patience=45, step=800)


def in_order(viewers: int = 400, length: int = 14) -> Plays:
    """Viewers go through a circle of titles, every third or every fifth, one way or the other; so after one title come four.

    Which of them does the title before say, and the last alone does not.
    """
    random = np.random.default_rng(5)
    steps = random.choice([3, -3, 5, -5], viewers)
    places = random.integers(0, TITLES, viewers)[:, None] + steps[:, None] * np.arange(length)[None, :]
    # The titles are not in the order of the circle.
    titles = random.permutation(TITLES)[places % TITLES]
    order = np.tile(np.arange(float(length)), viewers)
    return Plays.of(np.repeat(np.arange(viewers), length), titles.ravel(), order, TITLES)


def test_the_slope_of_the_loss_is_that_of_the_plain_cross_entropy() -> None:
    random = torch.Generator().manual_seed(3)
    histories = torch.randint(0, TITLES, (4, 9), generator=random)
    histories[0, :3] = TITLES
    viewer, place = (histories < TITLES).nonzero(as_tuple=True)
    following = torch.randint(0, TITLES, (len(viewer),), generator=random)
    given = [
        torch.randn(*size, generator=random).requires_grad_() for size in ((len(viewer), 8), (TITLES, 8), (TITLES,))
    ]
    found = fitting.Next.apply(*given, following, (histories, viewer, place))
    found.backward()
    slopes = [each.grad.clone() for each in given]
    for each in given:
        each.grad = None
    scores = given[0] @ given[1].T + given[2]
    watched = torch.zeros(len(viewer), TITLES, dtype=torch.bool)
    for row, (who, at) in enumerate(zip(viewer.tolist(), place.tolist(), strict=True)):
        before = histories[who, : at + 1]
        watched[row, before[before < TITLES]] = True
    watched[torch.arange(len(viewer)), following] = False
    plain = torch.nn.functional.cross_entropy(scores.masked_fill(watched, -torch.inf), following)
    plain.backward()
    # Products are of sixteen bits.
    assert float(found.detach()) == pytest.approx(float(plain.detach()), rel=5e-3)
    for slope, each in zip(slopes, given, strict=True):
        assert float((slope - each.grad).abs().max()) < 0.02 * float(each.grad.abs().max())


def test_windows_are_all_plays_of_short_histories_and_never_look_ahead() -> None:
    plays = in_order(viewers=50)
    random = np.random.default_rng(1)
    told = set()
    for batch in fitting.batches(plays, 30, random):
        for history, following in zip(batch.histories.tolist(), batch.following.tolist(), strict=True):
            begun = [title for title in history if title < TITLES]
            after = following[-len(begun) :]
            assert begun[1:] == after[:-1]
            told.add((*begun, after[-1]))
    assert told == {tuple(plays.titles[plays.viewers == viewer].tolist()) for viewer in range(plays.size)}


def test_a_file_answers_as_pytorch_does() -> None:
    torch.manual_seed(1)
    made = network.Network(network.Shape(TITLES, 32, longest=30)).eval()
    answering = Network(exported(made), TITLES)
    assert answering.longest == 30
    random = np.random.default_rng(1)
    histories = [random.integers(0, TITLES, length) for length in (1, 2, 17, 30, 45)]
    together = answering.of_many(histories)
    for row, history in enumerate(histories):
        recent = torch.from_numpy(history[-30:])[None]
        wanted = made.scores(made.states(recent)[:, -1])[0].detach().numpy()
        assert np.abs(answering.scores(history[::-1].tolist()) - wanted).max() < 1e-4
        # Alike, whatever stands beside it.
        assert np.abs(together[row] - wanted).max() < 1e-4


def test_it_learns_an_order_that_neither_popularity_nor_a_chain_knows() -> None:
    plays = in_order()
    known, wanted = without_last(plays)
    model = training.train("m", known, [UUID(int=place) for place in range(TITLES)], sequences=Fitting(SMALL))
    following = model.following
    assert following is not None
    # A chain of the first order knows the last title alone.
    chain = cut("chain", markov(known, 1e-3), 1.0, chances=True)
    of_chain = Model("m", model.titles, model.shares, (replace(chain, longest=1),), np.array([1, 0], np.float32))
    only = np.eye(1, len(following.told), len(following.told) - 1, dtype=np.float32)[0]
    rankings = {
        "popularity": popular(model), "chain": of_chain, "blend": model,
        "sequence": replace(model, following=replace(following, told=only)),
    }  # fmt: skip
    ndcg = {name: float(measured(known, wanted, of_model(each)).ndcg.mean()) for name, each in rankings.items()}
    best = max(ndcg["popularity"], ndcg["chain"])
    assert ndcg["sequence"] > best + 0.15, ndcg
    assert ndcg["blend"] > best + 0.15, ndcg


def test_what_was_cut_short_goes_on_and_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    plays = in_order(viewers=80)
    size = Size(width=16, blocks=1, heads=1, longest=30, dropout=0.0, rounds=4, patience=9)
    at_once = Fitting(size)
    whole = at_once.begin(plays)

    class CutShort(RuntimeError):
        pass

    def cut(told: float) -> float:
        if len(first.rounds) == 1:
            raise CutShort
        return told

    first = Fitting(size, tmp_path)
    plain = fitting.rank_of
    with pytest.MonkeyPatch.context() as patch, pytest.raises(CutShort):
        patch.setattr(fitting, "rank_of", lambda *asked: cut(plain(*asked)))
        first.begin(plays)
    again = Fitting(size, tmp_path)
    resumed = again.begin(plays)
    assert len(again.rounds) == 3
    history = plays.titles[:5].tolist()
    assert np.abs(Network(whole, TITLES).scores(history) - Network(resumed, TITLES).scores(history)).max() < 1e-3
    # What is no training is begun anew.
    (file,) = tmp_path.glob("*.pt")
    file.write_bytes(file.read_bytes()[:100])
    assert len(Fitting(size, tmp_path).begin(plays)) == len(whole)


def test_of_a_file_that_is_not_whole_nothing_is_taken_up(tmp_path: Path) -> None:
    plays = in_order(viewers=40)
    size = Size(width=16, blocks=1, heads=1, longest=30, dropout=0.0, rounds=1, patience=9)
    at_once = Fitting(size, tmp_path).begin(plays)
    (file,) = tmp_path.glob("*.pt")
    told = torch.load(file, weights_only=True)
    torch.save({**told, "steps": {"nothing": 1}}, file)
    again = Fitting(size, tmp_path)
    history = plays.titles[:5].tolist()
    begun_anew = again.begin(plays)
    assert len(again.rounds) == 1
    assert np.abs(Network(at_once, TITLES).scores(history) - Network(begun_anew, TITLES).scores(history)).max() < 1e-3
