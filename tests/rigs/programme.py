"""A recording whose content is known to the second: a room with people, slides, black, silence.

People are drawn; a face detector takes them for such, as it does with those that a camera sees.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE = (640, 360)
RATE = 10
TONE_LUFS = -21.8  # of ffmpeg's sine, by ffmpeg's own measure


@dataclass(frozen=True)
class Scene:
    """``seconds`` of a picture; what a camera sees has noise, a page has none."""

    picture: str  # "room" with as many people as its number, "page", or "black"
    number: int
    seconds: int
    silent: tuple[int, int] | None = None

    def draw(self, folder: Path) -> Path:
        path = folder / f"{self.picture}{self.number}.png"
        {"room": room, "page": page, "black": black}[self.picture](self.number).save(path)
        return path


def film(file: Path, scenes: list[Scene]) -> Path:
    """Encodes the scenes one after another, with a tone that stops where a scene is silent."""
    folder = file.parent
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y"]
    filters, silences, begins = [], [], 0
    for place, scene in enumerate(scenes):
        command += ["-loop", "1", "-framerate", str(RATE), "-t", str(scene.seconds)]
        command += ["-i", str(scene.draw(folder))]
        noise = ",noise=alls=12:allf=t" if scene.picture == "room" else ""
        filters.append(f"[{place}:v]format=yuv420p{noise}[v{place}]")
        if scene.silent is not None:
            start, end = (begins + edge for edge in scene.silent)
            silences.append(f"between(t,{start},{end})")
        begins += scene.seconds
    joined = "".join(f"[v{place}]" for place in range(len(scenes)))
    filters.append(f"{joined}concat=n={len(scenes)}:v=1:a=0[seen]")
    quiet = "+".join(silences) or "0"
    filters.append(f"[{len(scenes)}:a]volume=0:enable='{quiet}'[heard]")
    command += ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={begins}"]
    command += ["-filter_complex", ";".join(filters), "-map", "[seen]", "-map", "[heard]"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-c:a", "aac"]
    subprocess.run([*command, "-cluster_time_limit", "1000", str(file)], check=True)
    return file


def room(people: int) -> Image.Image:
    width, height = SIZE
    light = Image.linear_gradient("L").resize(SIZE).point(lambda shade: 90 + shade // 4)
    picture = light.convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 270, width, height), fill="#5a4636")
    for one in range(people):
        across = width * (one + 1) / (people + 1)
        coat = ("#1f3a5f", "#6b2b2b", "#2e5b3c")[one % 3]
        draw.ellipse((across - 75, 190, across + 75, 380), fill=coat)
        _face(draw, across, 150, 72)
    return picture.filter(ImageFilter.GaussianBlur(1.2))


def page(number: int) -> Image.Image:
    picture = Image.new("RGB", SIZE, "#f6f7f9")
    draw = ImageDraw.Draw(picture)
    head = ImageFont.truetype("DejaVuSans-Bold.ttf", 30)
    body = ImageFont.truetype("DejaVuSans.ttf", 18)
    draw.rectangle((0, 0, SIZE[0], 60), fill="#10243c")
    draw.text((20, 12), f"Rencana Kerja SPBE {number}", font=head, fill="white")
    for line in range(4):
        text = f"• Pokok {number}.{line + 1}: anggaran dan jadwal kegiatan"
        draw.text((40 * number, 90 + 50 * line), text, font=body, fill="#222222")
    return picture


def black(_number: int) -> Image.Image:
    return Image.new("RGB", SIZE, "black")


def _face(draw: ImageDraw.ImageDraw, across: float, down: float, wide: float) -> None:
    def oval(left: float, top: float, right: float, bottom: float, colour: str) -> None:
        box = (across + left * wide, down + top * wide, across + right * wide, down + bottom * wide)
        draw.ellipse(box, fill=colour)

    def bar(left: float, top: float, right: float, bottom: float, colour: str) -> None:
        box = (across + left * wide, down + top * wide, across + right * wide, down + bottom * wide)
        draw.rectangle(box, fill=colour)

    oval(-0.62, -0.95, 0.62, 0.55, "#2a1d16")
    oval(-0.5, -0.68, 0.5, 0.68, "#c99a78")
    for eye in (-0.21, 0.21):
        oval(eye - 0.17, -0.25, eye + 0.17, -0.01, "#8a6248")
        oval(eye - 0.1, -0.165, eye + 0.1, -0.065, "#efe8e0")
        oval(eye - 0.05, -0.17, eye + 0.05, -0.07, "#20140e")
        bar(eye - 0.15, -0.31, eye + 0.15, -0.26, "#20140e")
    oval(-0.07, 0.0, 0.07, 0.17, "#d9ae8d")
    bar(-0.09, 0.15, 0.09, 0.18, "#8a6248")
    oval(-0.2, 0.29, 0.2, 0.39, "#7d3b34")
