"""The demo catalogue is whole, various and paints with scenes that exist."""

from __future__ import annotations

from importlib import import_module

import pytest
from pydantic import ValidationError

from demo import catalogue
from demo.artwork.scenes import lost_property_stills
from demo.catalogue import Title


def test_there_are_films_and_one_series_of_two_seasons() -> None:
    titles = catalogue.titles()
    assert sum(title.type == "movie" for title in titles) >= 8
    (series,) = [title for title in titles if title.type == "series"]
    assert [len(season.episodes) for season in series.seasons] == [3, 3]


def test_no_two_titles_share_a_slug_a_name_or_a_scene() -> None:
    titles = catalogue.titles()
    for field in ("slug", "name", "scene", "logline", "description"):
        values = [getattr(title, field) for title in titles]
        assert len(set(values)) == len(values), field


def test_titles_are_various() -> None:
    titles = catalogue.titles()
    assert {title.maturity for title in titles} == {0, 7, 12, 16, 18}
    assert len({title.country for title in titles}) >= 8
    assert len({title.language for title in titles}) >= 6
    assert len({genre for title in titles for genre in title.genres}) >= 10


def test_every_text_says_something_within_what_the_api_takes() -> None:
    for title in catalogue.titles():
        assert 20 <= len(title.logline) <= 160
        assert 100 <= len(title.description) <= 2000
        for season in title.seasons:
            for episode in season.episodes:
                assert len(episode.description) >= 40
                assert episode.still in lost_property_stills.EPISODES


def test_the_shortest_clip_comes_first() -> None:
    titles = catalogue.titles()
    assert titles[0].clip is not None
    every = [title.clip for title in titles if title.clip]
    every += [episode.clip for title in titles for season in title.seasons for episode in season.episodes]
    assert titles[0].clip.seconds == min(clip.seconds for clip in every)


def test_every_scene_can_paint_and_letter() -> None:
    for title in catalogue.titles():
        scene = import_module(f"demo.artwork.scenes.{title.scene}")
        assert callable(scene.paint)
        assert callable(scene.letter)


@pytest.mark.parametrize("change", [{"clip": None}, {"slug": "Not A Slug"}, {"maturity": 15}, {"unknown": 1}])
def test_a_broken_entry_is_refused(change: dict[str, object]) -> None:
    whole = catalogue.titles()[0].model_dump()
    with pytest.raises(ValidationError):
        Title.model_validate({**whole, **change})
