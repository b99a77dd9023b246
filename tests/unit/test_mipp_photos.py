"""Photos become small, upright and silent about where they were taken."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from PIL import Image

from cc_run.archive.mipp.photos import shrink
from cc_run.errors import Refusal

ORIENTATION, GPS, GPS_LATITUDE = 0x0112, 0x8825, 2


def a_photo(path: Path, *, size: tuple[int, int] = (800, 400)) -> Path:
    """Lying on its side, red where its top is, with a position and a comment."""
    image = Image.effect_noise(size, 90).convert("RGB")
    image.paste("red", (0, 0, size[0] // 4, size[1]))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS)[GPS_LATITUDE] = (6.0, 53.0, 40.0)
    image.save(path, "JPEG", quality=95, exif=exif, comment=b"secret remark")
    return path


def test_a_photo_is_small_upright_and_without_metadata(tmp_path: Path) -> None:
    original = a_photo(tmp_path / "IMG 1.JPG")
    before = hashlib.sha256(original.read_bytes()).digest()
    assert b"Exif" in original.read_bytes()
    [small] = shrink([original], tmp_path / "small", 40 * 1024)
    content = small.read_bytes()
    assert small.name == "01-IMG 1.jpg"
    assert len(content) <= 40 * 1024
    assert b"Exif" not in content
    assert b"secret remark" not in content
    with Image.open(small) as image:
        assert image.height == 2 * image.width
        red, green, _blue = image.getpixel((image.width // 2, 5))
        assert red > 200
        assert green < 60
    assert hashlib.sha256(original.read_bytes()).digest() == before


def test_transparent_pictures_get_a_white_ground(tmp_path: Path) -> None:
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(tmp_path / "logo.png")
    [small] = shrink([tmp_path / "logo.png"], tmp_path / "small", 40 * 1024)
    with Image.open(small) as image:
        assert image.getpixel((20, 20)) == (255, 255, 255)


def test_photos_of_one_name_stay_apart(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    photos = [a_photo(tmp_path / "x.jpg"), a_photo(tmp_path / "b" / "x.jpg")]
    small = shrink(photos, tmp_path / "small", 100 * 1024)
    assert [path.name for path in small] == ["01-x.jpg", "02-x.jpg"]


def test_no_photo_and_no_such_size_are_told(tmp_path: Path) -> None:
    text = tmp_path / "notes.jpg"
    text.write_text("not a picture")
    with pytest.raises(Refusal, match=r"notes\.jpg cannot be read"):
        shrink([text], tmp_path / "small", 1024)
    with pytest.raises(Refusal, match="cannot be made smaller than 1 KiB"):
        shrink([a_photo(tmp_path / "x.jpg")], tmp_path / "small", 1024)
