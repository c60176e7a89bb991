"""Makes the demo's films: a camera moving over a painted picture, weather in front of it, a chord and a timecode.

Every frame carries its number twice: for people as a timecode in the top left corner, for programs as squares along the
bottom edge (`barcode`). The picture is 1280 × 720 at 24 frames a second.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import zlib
from pathlib import Path

from demo import barcode
from demo.artwork.lettering import font_path
from demo.catalogue import Clip, Motion
from demo.particles import FLOWS, tile

WIDTH, HEIGHT, RATE = 1280, 720, 24

# Zoom, and the middle of the view in shares of the picture, over u from 0 to 1; each says what its camera does.
_CAMERAS: dict[Motion, tuple[str, str, str]] = {
    "beam": ("1.16", "0.56-0.11*cos(PI*u)*0.6", "0.5-0.03*sin(2*PI*u)"),
    "push": ("1.04+0.24*u", "0.5+0.10*u", "0.5+0.04*u"),
    "drive": ("1.10+0.06*u+0.004*sin(40*PI*u)", "0.5+0.04*u", "0.5+0.006*sin(64*PI*u)"),
    "drift": ("1.18", "0.44+0.13*u", "0.5-0.03*u"),
    "rise": ("1.20", "0.54", "0.57-0.14*u"),
    "approach": ("1.02+0.30*u*u", "0.5+0.12*u", "0.5+0.06*u"),
    "survey": ("1.30-0.12*u", "0.40+0.22*u", "0.44+0.12*u"),
    "creep": ("1.03+0.22*u", "0.5+0.12*u", "0.5-0.01*u"),
    "sway": ("1.14+0.02*sin(6*PI*u)", "0.53+0.04*sin(4*PI*u)", "0.5+0.02*cos(4*PI*u)"),
    "track": ("1.20", "0.43+0.15*u", "0.52"),
}

# How the light breathes over t in seconds, as an offset of brightness.
_PULSES: dict[Motion, str] = {
    "beam": "0.13*exp(-pow(mod(t,2.4)-0.6,2)*14)-0.03",
    "creep": "0.03*sin(13*t)*sin(3.1*t)-0.02*gt(mod(t,5),4.8)",
    "approach": "0.02*sin(2*t)",
}


class ClipFailed(RuntimeError):
    """ffmpeg did not make the clip; its last words are in the message."""


def ffmpeg() -> str:
    """The ffmpeg of the `imageio-ffmpeg` wheel, which can letter."""
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def frames(clip: Clip) -> int:
    """How many pictures a clip has."""
    return clip.seconds * RATE


def sound(clip: Clip) -> str:
    """A chord whose notes come and go, over surf, as ffmpeg audio sources joined into `[sound]`."""
    left, right = [], []
    for i, pitch in enumerate(clip.chord):
        swell = f"(0.55+0.45*sin(2*PI*{0.045 + 0.017 * i:.3f}*t+{i}))"
        voice = f"{0.13 / (1 + 0.35 * i):.3f}*{swell}*"
        left.append(voice + f"(sin(2*PI*{pitch}*t)+0.3*sin(4*PI*{pitch}*t))")
        right.append(voice + f"(sin(2*PI*{pitch * 1.0021:.4f}*t)+0.3*sin(4*PI*{pitch * 0.9988:.4f}*t))")
    length = clip.seconds
    return (
        f"aevalsrc='{'+'.join(left)}|{'+'.join(right)}':s=48000:d={length}[chord];"
        f"anoisesrc=color=brown:r=48000:d={length}:amplitude={clip.surf}:seed=9,"
        f"tremolo=f=0.14:d=0.7,aformat=channel_layouts=stereo[surf];"
        f"[chord][surf]amix=2:normalize=0,afade=in:d=1.2,afade=out:st={length - 1.5}:d=1.5,alimiter=limit=0.9[sound]"
    )


def _camera(motion: Motion, total: int) -> str:
    """The filters that move over the picture. One that only travels crops a large still, to half a pixel; one that
    also zooms resamples with fractions of a pixel at four times the cost."""
    zoom, x, y = _CAMERAS[motion]
    still = f"loop=-1:1,setpts=N/{RATE}/TB,fps={RATE},trim=end_frame={total}"
    if "u" not in zoom:
        x, y = (text.replace("u", f"(n/{total})") for text in (x, y))
        return (
            f"scale={WIDTH * 2}:{HEIGHT * 2}:flags=bilinear,gblur=1.2,format=yuv444p,{still},"
            f"crop=w='iw/{zoom}':h='ih/{zoom}':x='iw*({x})-ow/2':y='ih*({y})-oh/2':exact=1,"
            f"scale={WIDTH}:{HEIGHT}:flags=bilinear,format=yuv420p"
        )
    zoom, x, y = (text.replace("u", f"(on/{total})") for text in (zoom, x, y))
    half = f"0.5/({zoom})"
    x, y = (f"clip({centre},{half},1-{half})" for centre in (x, y))
    corners = []
    for i, (across, down) in enumerate((("-", "-"), ("+", "-"), ("-", "+"), ("+", "+"))):
        corners += [f"x{i}='W*({x}{across}{half})'", f"y{i}='H*({y}{down}{half})'"]
    return (
        f"scale={WIDTH}:{HEIGHT}:flags=area,gblur=0.7,format=yuv420p,{still},"
        f"perspective={':'.join(corners)}:sense=source:eval=frame:interpolation=linear"
    )


def filters(clip: Clip) -> str:
    """The whole filter graph of a clip. Inputs: 0 the picture, 1 the particles. Files in the working directory:
    `type.ttf`, `title.ttf`, `title.txt`."""
    total = frames(clip)
    flow = FLOWS[clip.particles]
    steps = [
        f"[0:v]{_camera(clip.motion, total)}[view]",
        f"[1:v]format=yuv420p,loop=-1:1,setpts=N/{RATE}/TB,fps={RATE},split[tile1][tile2]",
    ]
    for i, pace in ((1, 1.0), (2, 0.55)):
        shift_x, shift_y = flow.x * pace / RATE, flow.y * pace / RATE
        steps.append(
            f"[tile{i}]crop={WIDTH}:{HEIGHT}:x='mod({WIDTH * 64}-n*{shift_x:.3f}+{i * 311},{WIDTH})'"
            f":y='mod({HEIGHT * 64}-n*{shift_y:.3f}+{i * 173},{HEIGHT})'[fall{i}]"
        )
    keep = "c1_mode=normal:c1_opacity=1:c2_mode=normal:c2_opacity=1"
    steps.append(f"[view][fall1]blend=c0_mode=screen:c0_opacity={flow.opacity}:{keep}:shortest=1[near]")
    steps.append(f"[near][fall2]blend=c0_mode=screen:c0_opacity={flow.opacity * 0.55:.2f}:{keep}:shortest=1[air]")
    pulse = _PULSES.get(clip.motion)
    light = f"eq=brightness='{pulse}':eval=frame," if pulse else ""
    timecode = "drawtext=fontfile=type.ttf:timecode='00\\:00\\:00\\:00'"
    steps.append(
        f"[air]{light}fade=out:st={clip.seconds - 1}:d=1,"
        f"drawtext=fontfile=title.ttf:textfile=title.txt:expansion=none:fontsize=54:fontcolor=white:shadowx=2:shadowy=2"
        f":shadowcolor=black@0.6:x=72:y=h-190:alpha='if(lt(t,1),0,if(lt(t,2),t-1,if(lt(t,5),1,max(0,6-t))))',"
        f"{timecode}:rate={RATE}:fontsize=30:fontcolor=white:box=1:boxcolor=black@0.55:boxborderw=10:x=40:y=36,"
        f"{barcode.drawing(WIDTH, HEIGHT)}[picture]"
    )
    return ";".join([*steps, sound(clip)])


def command(clip: Clip, picture: str, particles: str, output: str) -> list[str]:
    """The ffmpeg command line of a clip, to be run where its files are."""
    return [
        ffmpeg(), "-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-i", picture, "-i", particles,
        "-filter_complex", filters(clip), "-map", "[picture]", "-map", "[sound]", "-frames:v", str(frames(clip)),
        "-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-g", str(RATE * 2), "-pix_fmt", "yuv420p",
        "-c:a", "aac", "-b:a", "160k", "-t", str(clip.seconds), "-movflags", "+faststart", "-f", "mp4", output,
    ]  # fmt: skip


def make(clip: Clip, name: str, picture: Path, output: Path) -> None:
    """Makes the clip of a title or episode called `name` from its painted picture. The file appears whole or not."""
    with tempfile.TemporaryDirectory(prefix="bijou-clip-") as folder:
        here = Path(folder)
        shutil.copyfile(picture, here / "picture.jpg")
        shutil.copyfile(font_path("sans-Semibold"), here / "type.ttf")
        shutil.copyfile(font_path("serif-LightIt"), here / "title.ttf")
        (here / "title.txt").write_text(name, encoding="utf-8")
        tile(clip.particles, WIDTH, HEIGHT, zlib.crc32(name.encode())).save(here / "particles.png", compress_level=1)
        line = command(clip, "picture.jpg", "particles.png", "clip.mp4")
        done = subprocess.run(line, cwd=here, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ClipFailed(f"{name}: ffmpeg ended with {done.returncode}: {done.stderr.strip()[-800:]}")
        output.parent.mkdir(parents=True, exist_ok=True)
        part = output.with_suffix(".part")
        shutil.copyfile(here / "clip.mp4", part)
        part.replace(output)
