"""The demo catalogue is whole, various and paints with scenes that exist."""

from __future__ import annotations

from importlib import import_module

import pytest
from pydantic import ValidationError

from demo import catalogue
from demo.artwork.scenes import lost_property_stills
from demo.catalogue import Title
from demo.cinema import camera, foley, music, props
from demo.cinema.script import reel
from demo.cinema.voice import speaker


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


def test_every_film_is_a_short_film_with_shots_captions_and_an_end() -> None:
    films = [film for title in catalogue.titles() for film in title.films()]
    assert len(films) == 16
    for film in films:
        laid = reel(film.key)
        assert 60 <= laid.seconds <= 90, film.key
        assert film.seconds == laid.seconds, "the page says what the film lasts"
        assert 5 <= len([timed for timed in laid.shots if not timed.opening]) <= 9, film.key
        assert laid.credits_start == laid.shots[-1].begins
        assert any(timed.shot.title for timed in laid.shots), "a title"
        assert len(list(laid.lines())) >= 5, film.key
        assert len({line.en for *_, line in laid.lines()} & {line.de for *_, line in laid.lines()}) == 0, film.key


def test_captions_can_be_read_and_do_not_overlap() -> None:
    for title in catalogue.titles():
        for film in title.films():
            ended = 0.0
            for begins, ends, line in reel(film.key).lines():
                assert begins >= ended, (film.key, line.en)
                assert len(line.de) / (ends - begins) <= 24, (film.key, line.de)
                ended = ends


def test_robots_let_each_other_finish() -> None:
    spoken = [film.key for title in catalogue.titles() for film in title.films() if reel(film.key).script.spoken]
    assert spoken
    for laid in map(reel, spoken):
        lines = [*laid.lines()]
        begins = [*[begin for begin, *_ in lines[1:]], laid.credits_start]
        for (begin, _, line), following in zip(lines, begins, strict=True):
            for language, text in (("en", line.en), ("de", line.de)):
                wave = speaker().say(text, *laid.script.spoken[line.voice][language])
                assert begin + len(wave) / music.RATE < following, (language, text)


def test_no_two_films_share_a_tune() -> None:
    tunes = [reel(film.key).script.score.melody for title in catalogue.titles() for film in title.films()]
    assert len(set(tunes)) == len(tunes)


def test_every_episode_has_the_intro_of_its_series() -> None:
    (series,) = [title for title in catalogue.titles() if title.type == "series"]
    for film in series.films():
        laid = reel(film.key)
        assert laid.intro is not None
        assert 5 <= laid.intro[1] - laid.intro[0] <= 15
        assert laid.intro[0] > 0, "after the cold open"
        assert laid.intro[1] < laid.credits_start


def test_every_sound_prop_layer_and_motion_of_the_scripts_exists() -> None:
    for title in catalogue.titles():
        for film in title.films():
            laid = reel(film.key)
            assert set(laid.script.score.beds) <= set(foley.BEDS)
            for timed in laid.shots:
                assert {kind for kind, _ in timed.shot.sounds} <= set(foley.EVENTS)
                assert {prop.what for prop in timed.shot.props} <= set(props.ALL)
                for motion in (*timed.shot.motion.values(), *(prop.motion for prop in timed.shot.props)):
                    camera.pose(motion, 1.0)


def test_every_scene_can_paint_and_letter() -> None:
    for title in catalogue.titles():
        scene = import_module(f"demo.artwork.scenes.{title.scene}")
        assert callable(scene.paint)
        assert callable(scene.letter)


@pytest.mark.parametrize(
    "change",
    [
        {"seasons": [{"number": 1, "name": "x", "episodes": []}]},
        {"slug": "Not A Slug"},
        {"maturity": 15},
        {"unknown": 1},
    ],
)
def test_a_broken_entry_is_refused(change: dict[str, object]) -> None:
    whole = catalogue.titles()[0].model_dump()
    with pytest.raises(ValidationError):
        Title.model_validate({**whole, **change})
