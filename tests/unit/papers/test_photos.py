"""Photos that people attach: which are fit, and what is left of them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from cc_run.reports.photos import Photo, Unfit, examine

ORIENTATION, MODEL, GPS, GPS_LATITUDE, TAKEN = 0x0112, 0x0110, 0x8825, 2, 0x9003
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>6,53S</exif:GPSLatitude></x:xmpmeta>'


def a_photo(
    path: Path, *, size: tuple[int, int] = (800, 500), turned: bool = False, place: bool = False
) -> Path:
    image = Image.effect_noise(size, 90).convert("RGB")
    image.paste("red", (0, 0, size[0] // 4, size[1]))
    exif = Image.Exif()
    exif[MODEL] = "Kamera Kantor"
    if turned:
        exif[ORIENTATION] = 6
    if place:
        exif.get_ifd(GPS)[GPS_LATITUDE] = (6.0, 53.0, 40.0)
    image.save(path, exif=exif, **({"xmp": XMP} if place and path.suffix == ".jpg" else {}))
    return path


def fit(path: Path) -> Photo:
    found = examine(path)
    assert isinstance(found, Photo), found
    return found


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_the_place_goes_and_the_rest_stays(tmp_path: Path, name: str) -> None:
    path = a_photo(tmp_path / name, place=True)
    photo = fit(path)
    assert photo.cleaned
    assert "told where it was taken" in photo.remarks[0]
    assert b"GPS" not in photo.content
    with Image.open(io.BytesIO(photo.content)) as kept, Image.open(path) as given:
        assert (kept.format, kept.size) == (given.format, given.size)
        assert not kept.getexif().get_ifd(GPS)
        assert kept.getexif()[MODEL] == "Kamera Kantor"


def test_a_photo_on_its_side_is_turned_upright(tmp_path: Path) -> None:
    photo = fit(a_photo(tmp_path / "a.jpg", turned=True))
    assert photo.cleaned
    assert "stands upright" in photo.remarks[0]
    with Image.open(io.BytesIO(photo.content)) as kept:
        assert kept.size == (500, 800)
        assert ORIENTATION not in kept.getexif()
        red, green, _blue = kept.getpixel((250, 20))
        assert (red > 200, green < 60) == (True, True)


def test_a_photo_without_a_place_keeps_its_bytes(tmp_path: Path) -> None:
    path = a_photo(tmp_path / "a.jpg")
    photo = fit(path)
    assert (photo.cleaned, photo.remarks, photo.content) == (False, (), path.read_bytes())


def test_what_is_unfit_says_why(tmp_path: Path) -> None:
    small = a_photo(tmp_path / "small.jpg", size=(320, 240))
    plain = tmp_path / "plain.png"
    Image.new("RGB", (800, 600), "black").save(plain)
    text = tmp_path / "notes.jpg"
    text.write_text("not a picture")
    torn = a_photo(tmp_path / "torn.jpg")
    torn.write_bytes(torn.read_bytes()[:900])
    reasons = [examine(path) for path in (small, plain, text, torn)]
    assert all(isinstance(one, Unfit) for one in reasons)
    told = " ".join(str(one.reason) for one in reasons if isinstance(one, Unfit))
    for words in ("320 × 240", "one colour", "notes.jpg cannot", "torn.jpg cannot"):
        assert words in told
