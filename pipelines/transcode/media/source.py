"""What a probed source is, and the reasons for which a file is refused."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

REASONS = {
    "empty": "The file is empty. Choose the film's file again and upload it once more.",
    "not_media": "This is not a video file, whatever its name says. Upload the film itself, such as an MP4, MOV or MKV.",
    "unsupported_container": "This kind of file is not accepted. Export the film as MP4, MOV or MKV.",
    "unsupported_codec": "The file uses a codec that is not accepted. Export it as H.264 with AAC and upload it again.",
    "unreadable": "The file starts like a video but cannot be read. Export it again and upload the new file.",
    "truncated": "The file ends before the film does. Check that the export finished and upload it again.",
    "no_video": "The file holds no moving picture. Upload a file with a video track.",
    "too_many_streams": "The file holds more tracks than are accepted. Export it with one picture and its languages.",
    "too_short": "The film is shorter than one second. Upload a longer one.",
    "too_long": "The film is longer than is accepted here. Split it into parts.",
    "bad_dimensions": "The picture is smaller or larger than is accepted. Export it between 64x64 and 8192x8192 pixels.",
    "bad_frame_rate": "The film has more pictures a second than can be played. Export it at 240 a second or fewer.",
    "too_costly": "Reading the file takes more time or memory than is allowed. Export it again with common settings.",
    "encode_failed": "The picture or sound could not be decoded to the end. Export the film again and upload it.",
    "package_failed": "The encoded film could not be packaged. Retry; if it fails again, ask an operator for the log.",
    "check_failed": "The encoded film did not pass its checks, so it was not published. Retry, or ask an operator.",
    "master_missing": "The uploaded file is no longer stored. Upload it again.",
    "storage_full": "There is no space left for this job. Free some space, then retry.",
    "gave_up": "The job stopped unexpectedly several times. Retry; if it fails again, export the film anew.",
    "cancelled": "Someone cancelled this job. Retry to start it again.",
    "failed": "The job failed for a reason of ours. Retry; if it fails again, ask an operator for the log.",
}


class Refused(Exception):
    """The job ends here: `code` is stable, `detail` is for the person who uploaded the file.

    `named` is a sentence that says what the file is instead.
    """

    def __init__(self, code: str, because: str = "", named: str = "") -> None:
        self.code = code
        self.detail = f"{named} {REASONS[code]}" if named else REASONS[code]
        self.because = because[-2000:]
        super().__init__(f"{code}: {because}" if because else code)


@dataclass(frozen=True)
class Colour:
    """How the numbers of a picture are meant, in ffmpeg's names, nothing left open; `full` is the range.

    Of an HDR picture also its `peak` in nits and, where the film tells them, the `mastering` display as x265 writes it and the
    `light` levels: MaxCLL and MaxFALL with a comma between them.
    """

    primaries: str = "bt709"
    transfer: str = "bt709"
    matrix: str = "bt709"
    full: bool = False
    peak: float = 0.0
    mastering: str = ""
    light: str = ""


@dataclass(frozen=True)
class Picture:
    """The video stream to encode. `width` and `height` are display pixels: rotated, with square samples.

    `rates` are what the headers say, the likelier first, and `promised` how many packets the file's index lists: hints.
    """

    index: int
    codec: str
    width: int
    height: int
    rates: tuple[Fraction, ...] = ()
    interlaced: bool = False
    promised: int = 0
    colour: Colour = Colour()


@dataclass(frozen=True)
class Sound:
    """An audio stream; `index` counts all streams of the file, `language` is BCP 47, `title` the file's own name for it.

    `role` is "main", "commentary" or "description", `default` whether the file says that it is played, and `surround` whether it
    is known to have loudspeakers around the listener. `number` counts all sounds of the file from 0.
    """

    index: int
    codec: str
    channels: int
    language: str = "und"
    title: str = ""
    role: str = "main"
    default: bool = False
    surround: bool = False
    number: int = 0


@dataclass(frozen=True)
class Text:
    """A subtitle stream that can become WebVTT; `role` is "main", "sdh" (for who does not hear), "forced" or "commentary".

    `number` counts all subtitle streams of the file from 0.
    """

    index: int
    codec: str
    language: str = "und"
    title: str = ""
    role: str = "main"
    number: int = 0


@dataclass(frozen=True)
class LeftOut:
    """A track that the film goes without, and why; `number` counts those of its `kind`, "audio" or "captions", in the file."""

    number: int
    language: str
    reason: str
    kind: str = "captions"


@dataclass(frozen=True)
class Source:
    """A file that passed the probe. `demuxer` is the one ffmpeg is told to use; it is never left to guess."""

    demuxer: str
    picture: Picture
    sounds: tuple[Sound, ...] = ()
    texts: tuple[Text, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
