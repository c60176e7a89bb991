"""A grant opens pictures up to its height, and manifests name no others."""

import hashlib
import hmac

import pytest

from tests.edge.nginx import ASSET, SECRET, SESSION, Edge, Store

MASTER = """#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS

#EXT-X-MEDIA:TYPE=AUDIO,URI="a0/main.m3u8",GROUP-ID="audio",LANGUAGE="en",NAME="English",DEFAULT=YES

#EXT-X-STREAM-INF:BANDWIDTH=800000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=24.000,AUDIO="audio"
v360/main.m3u8

#EXT-X-STREAM-INF:BANDWIDTH=4000000,CODECS="avc1.640028,mp4a.40.2",RESOLUTION=1920x1080,FRAME-RATE=24.000,AUDIO="audio"
v1080/main.m3u8

#EXT-X-STREAM-INF:BANDWIDTH=2000000,CODECS="hvc1.2.4.L120.90",RESOLUTION=1920x1080,VIDEO-RANGE=PQ,AUDIO="audio"
v1080-hevc/main.m3u8

#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=90000,CODECS="avc1.64001e",RESOLUTION=640x360,URI="v360/iframe.m3u8"
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=900000,CODECS="avc1.640028",RESOLUTION=1920x1080,URI="v1080/iframe.m3u8"

#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=9000,RESOLUTION=3200x1800,CODECS="jpeg",URI="images.m3u8"
"""
MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<MPD type="static"><Period id="0">
    <AdaptationSet id="0" contentType="video" maxWidth="1920" maxHeight="1080" frameRate="24/1">
      <Representation id="0" bandwidth="800000" codecs="avc1.64001e" mimeType="video/mp4" width="640" height="360">
        <SegmentTemplate initialization="v360/init.mp4" media="v360/$Number%05d$.m4s"/>
      </Representation>
      <Representation id="1" bandwidth="4000000" codecs="avc1.640028" mimeType="video/mp4" width="1920" height="1080">
        <SegmentTemplate initialization="v1080/init.mp4" media="v1080/$Number%05d$.m4s"/>
      </Representation>
    </AdaptationSet>
    <AdaptationSet id="2" contentType="video" width="1920" height="1080" frameRate="24/1">
      <Representation id="4" bandwidth="2000000" codecs="hvc1.2.4.L120.90" mimeType="video/mp4">
        <SegmentTemplate initialization="v1080-hevc/init.mp4" media="v1080-hevc/$Number%05d$.m4s"/>
      </Representation>
    </AdaptationSet>
    <AdaptationSet id="1" contentType="audio"><Representation id="2" bandwidth="128000"/></AdaptationSet>
    <AdaptationSet id="900" contentType="image" mimeType="image/jpeg">
      <Representation id="thumbnails" bandwidth="9000" width="3200" height="1800"></Representation></AdaptationSet>
</Period></MPD>
"""


@pytest.fixture
def run(store: Store) -> str:
    run = store.path / "media" / ASSET / "heights"
    for rung in ("v360", "v1080", "v1080-hevc"):
        (run / rung).mkdir(parents=True, exist_ok=True)
        (run / rung / "00001.m4s").write_bytes(b"picture")
        (run / rung / "main.m3u8").write_text("#EXTM3U")
    (run / "a0").mkdir(exist_ok=True)
    (run / "a0" / "00001.m4s").write_bytes(b"sound")
    (run / "master.m3u8").write_text(MASTER)
    (run / "manifest.mpd").write_text(MANIFEST)
    return f"{ASSET}/heights"


@pytest.mark.parametrize(
    ("height", "statuses"), [(2160, [200, 200]), (1080, [200, 200]), (1079, [200, 403]), (360, [200, 403])]
)
def test_pictures_above_the_height_are_refused(edge: Edge, run: str, height: int, statuses: list[int]) -> None:
    for name in ("00001.m4s", "main.m3u8"):
        found = [edge.get(edge.media(f"{run}/v{rung}/{name}", height=height)) for rung in (360, 1080)]
        assert [answer.status for answer in found] == statuses
        assert edge.get(edge.media(f"{run}/v1080-hevc/{name}", height=height)).status == statuses[1]
    assert edge.get(edge.media(f"{run}/a0/00001.m4s", height=height)).status == 200


@pytest.mark.parametrize("height", [2160, 1080])
def test_whole_manifests_are_as_they_were_made(edge: Edge, run: str, height: int) -> None:
    assert edge.get(edge.media(f"{run}/master.m3u8", height=height)).body.decode() == MASTER
    assert edge.get(edge.media(f"{run}/manifest.mpd", height=height)).body.decode() == MANIFEST


def test_a_lower_grant_gets_manifests_without_what_it_does_not_open(edge: Edge, run: str) -> None:
    master = edge.get(edge.media(f"{run}/master.m3u8", height=720), {"Range": "bytes=0-9"})
    assert master.status == 200
    text = master.body.decode()
    assert "1080" not in text
    assert [line for line in text.splitlines() if line and not line.startswith("#")] == ["v360/main.m3u8"]
    assert 'URI="v360/iframe.m3u8"' in text and 'URI="images.m3u8"' in text and 'URI="a0/main.m3u8"' in text

    manifest = edge.get(edge.media(f"{run}/manifest.mpd", height=720), {"Accept-Encoding": "identity"}).body.decode()
    assert "v1080" not in manifest
    assert [part for part in ('id="0"', 'id="2"', 'id="thumbnails"') if f"<Representation {part}" in manifest] == [
        'id="0"', 'id="2"', 'id="thumbnails"',
    ]  # fmt: skip
    assert manifest.count("<AdaptationSet") == manifest.count("</AdaptationSet>") == 3


def test_an_upright_picture_is_limited_by_its_lines(edge: Edge, store: Store) -> None:
    """Its folders say how many; those of the release before were named after the height, and are closed as they are named."""
    run = store.path / "media" / ASSET / "upright"
    run.mkdir()
    rungs = [("v720", "720x1280"), ("v1080", "1080x1920"), ("v1280", "720x1280")]
    stream = (
        "#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION={1}\n{0}/main.m3u8\n"
        '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,RESOLUTION={1},URI="{0}/iframe.m3u8"\n'
    )
    (run / "master.m3u8").write_text("#EXTM3U\n" + "".join(stream.format(*rung) for rung in rungs))
    text = edge.get(edge.media(f"{ASSET}/upright/master.m3u8", height=720)).body.decode()
    assert text == "#EXTM3U\n" + stream.format(*rungs[0])


def test_a_letter_on_the_seam_of_two_pieces_stays_whole(edge: Edge, store: Store) -> None:
    """nginx hands a large file on in pieces of 32 KiB, whose ends fall within these letters of three bytes."""
    long = MASTER + "# " + "語" * 40_000 + "\n"
    # A run of its own: the edge remembers for a minute what it has opened, as runs never change.
    run = store.path / "media" / ASSET / "letters"
    run.mkdir()
    (run / "master.m3u8").write_text(long)
    assert edge.get(edge.media(f"{ASSET}/letters/master.m3u8", height=2160)).body.decode() == long


def test_grants_of_the_release_before_open_every_height(edge: Edge, run: str) -> None:
    text = f"4102444800~{ASSET}~{SESSION}"
    old = f"{text}~{hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()}"
    assert edge.get(f"/media/{old}/{run}/v1080/00001.m4s").status == 200
    assert edge.get(f"/media/{old}/{run}/master.m3u8").body.decode() == MASTER
