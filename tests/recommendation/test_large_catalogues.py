"""Of a large catalogue a page looks at a few thousand titles: it is the page that all of them would have made."""

from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest

from libs.contracts.catalog import Window
from services.recommendation.engine import shortlist
from services.recommendation.engine.catalogue import Catalogue
from services.recommendation.engine.ranking import Ranker, Taste, Watched
from services.recommendation.engine.rows import Page
from services.recommendation.engine.shortlist import Shortlists
from services.recommendation.service.projections import entry
from tests.recommendation import test_forgetting, test_order, test_rows
from tests.recommendation.conftest import NOON, Running, title

SIZE, GENRES = 6_000, 12
US = "US"


@pytest.fixture
def all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """The smallest catalogue is dealt with as a large one."""
    monkeypatch.setattr(shortlist, "EXACT", 0)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    "test",
    [
        test_rows.test_opposite_tastes_see_different_pages,
        test_rows.test_a_play_counts_from_the_next_page_on,
        test_rows.test_what_may_not_be_seen_is_in_no_row,
        test_rows.test_a_title_that_is_withdrawn_is_gone_at_once,
        test_rows.test_not_interested_counts_at_once_and_can_be_taken_back,
        test_rows.test_the_top_ten_is_the_same_for_whoever_may_see_it,
        test_rows.test_leaving_soon_says_what_leaves_first,
        test_rows.test_what_is_only_announced_takes_no_place_of_what_can_be_watched,
        test_rows.test_watch_again_is_what_was_finished_long_ago,
        test_rows.test_why_names_what_was_watched,
        test_rows.test_a_stranger_is_shown_what_the_country_watches,
        test_order.test_the_two_that_speak_most_are_what_rows_are_about,
        test_forgetting.test_a_title_that_was_hidden_from_the_history_teaches_nothing_any_more,
    ],
    ids=lambda test: test.__name__,
)
async def test_what_holds_of_small_catalogues_holds(running: Running, all_are_large: None, test: object) -> None:
    assert callable(test)
    await test(running)


@pytest.fixture(scope="module")
def ranker() -> Ranker:
    """Titles of some kinds, each with a cast and words of its own kind and some of any."""
    random = np.random.default_rng(4)
    made = []
    for number in range(SIZE):
        genre = number % GENRES
        people = [f"Actor {genre} {at}" for at in random.integers(0, 60, 3)] + [f"Actor {random.integers(2_000)}"]
        tags = [f"mood {genre} {random.integers(40)}", f"mood {random.integers(400)}"]
        told = title(
            f"Film {number}", f"Genre {genre}", title_id=UUID(int=number + 1), tags=tuple(tags), cast=tuple(people),
            windows=(Window(regions=("DE",)),) if number % 10 == 3 else (), maturity=16 if number % 7 == 0 else 0,
            published_at=NOON - timedelta(hours=number),
        )  # fmt: skip
        made.append((told.title_id, entry(told)))
    return Ranker(Catalogue(made), None)


def pages(ranker: Ranker, taste: Taste, country: str = US, maturity: int = 12) -> tuple[Page, Page]:
    """The page that is made of all titles, and the one that is made of a few."""
    popular = np.log1p(np.random.default_rng(6).pareto(1.0, SIZE))
    rare = popular <= np.median(popular)
    places, _ = Shortlists(ranker, popular).of(taste, country, maturity, NOON, ())
    assert len(places) < SIZE / 2
    few = ranker.among(places, country)
    return (
        Page(ranker, taste, popular, rare, (), (), country, maturity, NOON),
        Page(few, taste, popular[places], rare[places], (), (), country, maturity, NOON),
    )


def likes(*numbers: int) -> Taste:
    """What was watched, the last first."""
    return Taste(tuple(Watched(UUID(int=number + 1), NOON, None, False) for number in numbers))


@pytest.mark.parametrize("taste", [likes(13, 25, 37, 49), likes(2, 14, 5, 17, 29), likes()], ids=["one", "two", "none"])
def test_the_rows_are_nearly_those_of_all_titles(ranker: Ranker, taste: Taste) -> None:
    whole, few = ({(row.kind, row.about): row.titles for row in page.rows()} for page in pages(ranker, taste))
    # Which genres are shown beyond those watched is as good as chance here: all have as many titles.
    kinds = [[row for row in rows if row[0] != "genre"] for rows in (whole, few)]
    assert set(kinds[0]) == set(kinds[1])
    assert next(iter(few))[0] == next(iter(whole))[0]
    for row in kinds[0]:
        assert len(set(whole[row][:10]) & set(few[row][:10])) >= 6, row


@pytest.mark.parametrize(("country", "maturity"), [(US, 12), ("DE", 12), ("DE", 18)])
def test_nothing_is_shown_that_may_not_be(ranker: Ranker, country: str, maturity: int) -> None:
    _, few = pages(ranker, likes(13, 25, 37, 3), country, maturity)
    shown = {title_id.int - 1 for row in few.rows() for title_id in row.titles}
    assert len(shown) > 100
    assert all(number % 7 for number in shown) or maturity >= 16
    assert all(number % 10 != 3 for number in shown) or country == "DE"
    picked = next(row for row in few.rows() if row.kind == "top_picks")
    assert not {title_id.int - 1 for title_id in picked.titles} & {13, 25, 37}


def test_a_window_that_opens_is_seen_within_a_minute_and_one_that_closes_at_once() -> None:
    windows = {0: Window(starts_at=NOON + timedelta(seconds=30)), 1: Window(ends_at=NOON + timedelta(seconds=30))}
    told = [
        title(f"Film {at}", "Drama", title_id=UUID(int=at + 1), windows=(windows[at],) if at in windows else ())
        for at in range(40)
    ]
    ranker = Ranker(Catalogue([(each.title_id, entry(each)) for each in told]), None)
    popular = np.arange(40, 0, -1.0)
    lists = Shortlists(ranker, popular)
    for seconds, shown in ((0, {1}), (31, set()), (61, {0})):
        now = NOON + timedelta(seconds=seconds)
        places, _ = lists.of(Taste(), US, 18, now, ())
        page = Page(ranker.among(places, US), Taste(), popular[places], popular[places] > 0, (), (), US, 18, now)
        seen = {title_id.int - 1 for row in page.rows() for title_id in row.titles}
        assert seen & {0, 1} == shown
