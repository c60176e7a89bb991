"""Sounds and captions keep their names, languages and roles, apart in both manifests, and the film is what is played."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from pipelines.transcode.media.captions import Extracted
from pipelines.transcode.media.film import SOURCE, Film, Made, Options
from pipelines.transcode.media.manifests import DASH, attributes
from pipelines.transcode.media.sound import UNDECODABLE, Encoded
from pipelines.transcode.media.source import Refused, Sound, Text
from pipelines.transcode.media.tools import Tools
from pipelines.transcode.media.tracks import Track, hls, named
from tests.transcode.conftest import make_clip

CUES = "1\n00:00:00,500 --> 00:00:02,000\nHello\n"


def sound(number: int, language: str = "en", **more: object) -> Encoded:
    return Encoded(f"a{number}.mp4", Sound(number, "aac", 2, language, **more), -16.0)  # type: ignore[arg-type]


def text(number: int, language: str = "en", **more: object) -> Extracted:
    return Extracted(f"t{number}.vtt", Text(number, "subrip", language, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sounds", "wanted"),
    [
        ([sound(0), sound(1)], 0),
        ([sound(0, "ja"), sound(1, default=True)], 1),
        # A commentary is not the film, whatever its file says.
        ([sound(0, role="commentary", default=True), sound(1)], 1),
        ([sound(0, role="description"), sound(1, role="commentary")], 0),
        ([Encoded("a0.mp4", None, None)], 0),
    ],
)
def test_one_sound_is_played_where_nobody_chose(sounds: list[Encoded], wanted: int) -> None:
    assert [track.default for track in named(sounds, [])] == [number == wanted for number in range(len(sounds))]


def test_names_are_the_files_own_or_say_language_and_role() -> None:
    sounds = [sound(0), sound(1), sound(2, role="commentary"), sound(3, "ca", title="Català"), sound(4, "und")]
    texts = [text(0), text(1, role="sdh"), text(2, role="forced"), text(3, "und"), text(4, title="English")]
    assert [track.label for track in named(sounds, texts)] == [
        "English", "English 2", "English (commentary)", "Català", "Sound",
        "English", "English (SDH)", "English (forced)", "Subtitles", "English 2",
    ]  # fmt: skip


@given(
    st.lists(st.tuples(st.sampled_from(["en", "de", "und"]), st.sampled_from(["", "A", 'say "it"', "A 2"])), max_size=8)
)
def test_no_two_tracks_have_one_name(said: list[tuple[str, str]]) -> None:
    labels = [
        track.label
        for track in named([sound(n, language, title=title) for n, (language, title) in enumerate(said)], [])
    ]
    assert len(set(labels)) == len(labels)


@given(st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=60))
def test_no_name_leaves_its_quotes(title: str) -> None:
    line = hls(Track("audio", "a0.mp4", "a0", "en", title, ""), {"URI": "a0/main.m3u8", "GROUP-ID": "audio"})
    told = attributes(line)
    assert told["NAME"] == title.replace('"', "'").strip('"')
    assert (told["LANGUAGE"], told["DEFAULT"], told["URI"]) == ("en", "NO", "a0/main.m3u8")


@pytest.fixture(scope="module")
def film(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Two English sounds, one a commentary, a Catalan one and Japanese first; captions, forced ones, and for the deaf."""
    folder = tmp_path_factory.mktemp("tracks")
    (folder / "in.srt").write_text(CUES)
    picture = make_clip(folder / "picture.mkv", 4, "320x180")
    inputs = [part for _ in range(3) for part in ("-i", str(folder / "in.srt"))]
    mapped = [part for index in (0, 0, 0, 0) for part in ("-map", f"{index}:a")]
    told = {
        "s:a:0": ("jpn", "", "0"), "s:a:1": ("eng", "", "default"), "s:a:2": ("eng", "Director's commentary", "comment"),
        "s:a:3": ("cat", 'Català "VO"', "0"), "s:s:0": ("eng", "", "0"), "s:s:1": ("eng", "", "forced"),
        "s:s:2": ("eng", "English SDH", "hearing_impaired"),
    }  # fmt: skip
    options = []
    for stream, (language, title, disposition) in told.items():
        options += [f"-metadata:{stream}", f"language={language}", f"-metadata:{stream}", f"title={title}"]
        options += [f"-disposition:{stream.partition(':')[2]}", disposition]
    command = [
        tools.ffmpeg, "-v", "error", "-y", "-i", str(picture), *inputs, "-map", "0:v", *mapped, "-map", "1", "-map", "2",
        "-map", "3", "-c:v", "copy", "-c:a", "aac", "-c:s", "srt", *options, str(folder / "film.mkv"),
    ]  # fmt: skip
    subprocess.run(command, check=True, timeout=60)
    (folder / "film.mkv").rename(folder / SOURCE)

    async def on_stage(_: str, __: float) -> None: ...

    return asyncio.run(Film(tools, folder, Options(preset="ultrafast"), on_stage).make())


def test_every_track_stands_apart_in_hls(film: Made) -> None:
    lines = (film.folder / "master.m3u8").read_text().splitlines()
    told = [attributes(line) for line in lines if line.startswith("#EXT-X-MEDIA:")]
    wanted = ("TYPE", "LANGUAGE", "NAME", "DEFAULT", "AUTOSELECT", "FORCED")
    assert [tuple(one.get(key) for key in wanted) for one in told] == [
        ("AUDIO", "ja", "Japanese", "NO", "YES", None),
        ("AUDIO", "en", "English", "YES", "YES", None),
        ("AUDIO", "en", "Director's commentary", "NO", "NO", None),
        ("AUDIO", "ca", "Català 'VO'", "NO", "YES", None),
        ("SUBTITLES", "en", "English", "NO", "YES", "NO"),
        ("SUBTITLES", "en", "English (forced)", "NO", "YES", "YES"),
        ("SUBTITLES", "en", "English SDH", "NO", "YES", "NO"),
    ]
    assert "transcribes-spoken-dialog" in told[6]["CHARACTERISTICS"]
    assert all("CHARACTERISTICS" not in one for one in told[:6])


def test_every_track_stands_apart_in_dash(film: Made) -> None:
    tree = etree.parse(film.folder / "manifest.mpd")
    found = {}
    for group in tree.iter(f"{DASH}AdaptationSet"):
        label = group.findtext(f"{DASH}Label")
        if label is not None:
            assert len(group.findall(f"{DASH}Representation")) == 1
            names = [etree.QName(child).localname for child in group]
            # The schema's order.
            assert names == sorted(names, key=["Label", "Accessibility", "Role", "Representation"].index)
            roles = [role.get("value") for role in group.findall(f"{DASH}Role")]
            found[label, group.get("contentType")] = (group.get("lang"), roles)
    assert found == {
        ("Japanese", "audio"): ("ja", ["alternate"]),
        ("English", "audio"): ("en", ["main"]),
        ("Director's commentary", "audio"): ("en", ["commentary"]),
        ('Català "VO"', "audio"): ("ca", ["alternate"]),
        ("English", "text"): ("en", ["subtitle"]),
        ("English (forced)", "text"): ("en", ["forced-subtitle"]),
        ("English SDH", "text"): ("en", ["caption"]),
    }


def test_the_asset_tells_them_too(film: Made) -> None:
    told = [(track.kind, track.language, track.role, track.default) for track in film.tracks]
    assert told == [
        ("audio", "ja", "main", False), ("audio", "en", "main", True), ("audio", "en", "commentary", False),
        ("audio", "ca", "main", False), ("captions", "en", "main", False), ("captions", "en", "forced", False),
        ("captions", "en", "sdh", False),
    ]  # fmt: skip


@pytest.mark.parametrize("only", [False, True])
async def test_a_sound_that_cannot_be_decoded_is_left_out_unless_it_is_the_only_one(
    tools: Tools, tmp_path: Path, *, only: bool
) -> None:
    others = ("-map", "1:a", "-metadata:s:a:0", "language=fra") if not only else ()
    garbled = ("-map", "0:v", "-map", "1:a", *others, f"-bsf:a:{0 if only else 1}", "noise=amount=3")
    make_clip(tmp_path / SOURCE, 2, "128x72", more=(*garbled, "-f", "mp4"))

    async def quiet(_stage: str, _share: float) -> None: ...

    film = Film(tools, tmp_path, Options(preset="ultrafast"), quiet)
    if only:
        with pytest.raises(Refused) as refusal:
            await film.make()
        assert (refusal.value.code, "No sound" in refusal.value.detail) == ("encode_failed", True)
        return
    made = await film.make()
    assert [track.language for track in made.tracks] == ["fr"]
    assert [(one.kind, one.number, one.reason) for one in made.left_out] == [("audio", 1, UNDECODABLE)]
