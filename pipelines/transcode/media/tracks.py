"""What the sounds and captions of a film are: names nobody confuses, one default, roles, as both manifests say it.

HLS: RFC 8216, 4.3.4.1, and Apple's HLS Authoring Specification (characteristics). DASH: ISO 23009-1, 5.8.5.5 (roles), and the
audio purposes of TV-Anytime, as DASH-IF IOP has them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lxml import etree

from pipelines.transcode.media.captions import Extracted
from pipelines.transcode.media.commands import LAYOUTS
from pipelines.transcode.media.languages import UNKNOWN, name
from pipelines.transcode.media.manifests import DASH, attributes, resolve
from pipelines.transcode.media.sound import Encoded

ROLE = "urn:mpeg:dash:role:2011"
PURPOSE = "urn:tva:metadata:cs:AudioPurposeCS:2007"
SAID = {"commentary": "commentary", "description": "audio description", "sdh": "SDH", "forced": "forced"}
CHARACTERISTICS = {
    "description": "public.accessibility.describes-video",
    "sdh": "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound",
}
PURPOSES = {"description": "1", "sdh": "2"}
# What follows label and roles in an adaptation set, by the schema.
AFTER = frozenset(("Rating", "Viewpoint", "ContentComponent", "BaseURL", "SegmentTemplate", "Representation"))
MEDIA = re.compile(r"#EXT-X-MEDIA:TYPE=(?:AUDIO|SUBTITLES),.*")


@dataclass(frozen=True)
class Track:
    """A sound or caption track of a film; `language` is BCP 47, `label` what a player shows, unique in its kind.

    `kind` is "audio" or "captions", `role` as in `source.py`, `default` whether it is played where nobody chose; `file` is its
    file in the job's directory and `folder` its place in the output. `beside` is the folder of the same sound in stereo.
    """

    kind: str
    file: str
    folder: str
    language: str
    label: str
    codec: str
    role: str = "main"
    default: bool = False
    channels: int | None = None
    beside: str = ""

    @property
    def packed(self) -> str:
        """Return what it is to the packager."""
        return "text" if self.kind == "captions" else "surround" if self.beside else "audio"


def named(sounds: Sequence[Encoded], texts: Sequence[Extracted]) -> tuple[Track, ...]:
    """Return the tracks in the film's order. No caption is a default: who wants one chooses it."""
    chosen = _default(sounds)
    used: set[str] = set()
    found: list[Track] = []
    for number, one in enumerate(sounds):
        source = one.source
        if one.channels > 2:
            # The sound before it is the same one in stereo.
            found.append(_around(found[-1], one, f"a{number}", used))
            continue
        language, title, role = (source.language, source.title, source.role) if source else (UNKNOWN, "", "main")
        label = _label(name(language, "Sound"), title, role, used)
        found.append(Track("audio", one.name, f"a{number}", language, label, "mp4a.40.2", role, number == chosen, 2))
    used = set()
    for number, text in enumerate(texts):
        label = _label(name(text.source.language, "Subtitles"), text.source.title, text.source.role, used)
        found.append(Track("captions", text.name, f"t{number}", text.source.language, label, "wvtt", text.source.role))
    return tuple(found)


def _around(stereo: Track, one: Encoded, folder: str, used: set[str]) -> Track:
    label = _label(f"{stereo.label} {LAYOUTS[one.channels]}", "", "main", used)
    around = replace(stereo, file=one.name, folder=folder, label=label, channels=one.channels)
    return replace(around, default=False, beside=stereo.folder)


def _default(sounds: Sequence[Encoded]) -> int:
    """Return which sound is played where nobody chose: the one the file says, else the first that is the film's own."""
    sources = [one.source for one in sounds]
    stereo = [(number, one.source) for number, one in enumerate(sounds) if one.channels == 2]
    main = [number for number, source in stereo if source is None or source.role == "main"]
    flagged = [number for number in main if (source := sources[number]) is not None and source.default]
    return (flagged or main or [0])[0]


def _label(language: str, title: str, role: str, used: set[str]) -> str:
    """Return the file's own name for a track, else its language's and what it is for; numbered where it is taken."""
    label = base = title or (f"{language} ({SAID[role]})" if role in SAID else language)
    number = 2
    while label in used:
        label = f"{base} {number}"
        number += 1
    used.add(label)
    return label


def announce(output: Path, tracks: Sequence[Track]) -> None:
    """Write what the tracks are into both manifests in a directory."""
    by_folder = {track.folder: track for track in tracks}
    selectable = _selectable(tracks)
    surrounded = {track.beside for track in tracks if track.beside}
    master = output / "master.m3u8"

    def media(match: re.Match[str]) -> str:
        told = attributes(match[0])
        track = by_folder[resolve(master.name, told["URI"]).partition("/")[0]]
        # The same sound has the same name in both groups, from which a player chooses by what it can play.
        track = by_folder.get(track.beside, track)
        lines = [hls(track, told, autoselect=track.folder in selectable)]
        if surrounded and track.kind == "audio" and track.folder not in surrounded:
            lines.append(hls(track, told | {"GROUP-ID": "surround"}, autoselect=track.folder in selectable))
        return "\n".join(lines)

    master.write_text(MEDIA.sub(media, master.read_text("utf-8")), "utf-8")
    manifest = output / "manifest.mpd"
    tree = etree.fromstring(manifest.read_bytes(), etree.XMLParser(resolve_entities=False, no_network=True))
    for group in tree.iter(f"{DASH}AdaptationSet"):
        template = next(group.iter(f"{DASH}SegmentTemplate"), None)
        folder = template.get("initialization", "").partition("/")[0] if template is not None else ""
        if folder in by_folder:
            track = by_folder[folder]
            dash(replace(track, default=by_folder.get(track.beside, track).default), group)
            if track.default:
                group.set("selectionPriority", "2")
    manifest.write_bytes(etree.tostring(tree, xml_declaration=True, encoding="UTF-8"))


def _selectable(tracks: Sequence[Track]) -> set[str]:
    """Return the folders of what a player may choose by language alone: of each language and role one, and no commentary."""
    first: dict[tuple[str, str, str], Track] = {}
    for track in sorted(tracks, key=lambda one: not one.default):
        first.setdefault((track.kind, track.language, track.role), track)
    return {track.folder for track in first.values() if track.role != "commentary"}


def hls(track: Track, told: dict[str, str], *, autoselect: bool = True) -> str:
    """Return the EXT-X-MEDIA line of a track; `told` are the packager's attributes, of which address and channels stay."""
    flags = {"DEFAULT": "YES" if track.default else "NO", "AUTOSELECT": "YES" if autoselect or track.default else "NO"}
    if track.kind == "captions":
        flags["FORCED"] = "YES" if track.role == "forced" else "NO"
    quoted = {
        "URI": told["URI"],
        "GROUP-ID": told["GROUP-ID"],
        "LANGUAGE": track.language,
        "NAME": track.label.replace('"', "'"),
        **({"CHARACTERISTICS": CHARACTERISTICS[track.role]} if track.role in CHARACTERISTICS else {}),
        **({"CHANNELS": told["CHANNELS"]} if "CHANNELS" in told else {}),
    }
    kind = "AUDIO" if track.kind == "audio" else "SUBTITLES"
    parts = [f"TYPE={kind}", *(f'{key}="{value}"' for key, value in quoted.items())]
    return "#EXT-X-MEDIA:" + ",".join(parts + [f"{key}={value}" for key, value in flags.items()])


def dash(track: Track, group: etree._Element) -> None:
    """Write language, label and roles on a track's adaptation set, in the schema's order."""
    group.set("lang", track.language)
    for kind in ("Label", "Role", "Accessibility"):
        for old in group.findall(f"{DASH}{kind}"):
            group.remove(old)
    roles = {
        "audio": {"commentary": "commentary", "description": "description"},
        "captions": {"sdh": "caption", "forced": "forced-subtitle", "commentary": "commentary"},
    }[track.kind]
    usual = "subtitle" if track.kind == "captions" else "main" if track.default else "alternate"
    label = etree.Element(f"{DASH}Label")
    label.text = track.label
    added = [label]
    if track.role in PURPOSES:
        added.append(_descriptor("Accessibility", PURPOSE, PURPOSES[track.role]))
    added.append(_descriptor("Role", ROLE, roles.get(track.role, usual)))
    at = sum(etree.QName(child).localname not in AFTER for child in group)
    for place, element in enumerate(added, at):
        group.insert(place, element)


def _descriptor(kind: str, scheme: str, value: str) -> etree._Element:
    return etree.Element(f"{DASH}{kind}", {"schemeIdUri": scheme, "value": value})
