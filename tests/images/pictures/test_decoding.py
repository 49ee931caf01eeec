"""Pictures in every format and mode are read alike; what is none costs a sentence."""

import os
import resource
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from drawn_pictures import apart, character, encoded
from glyph_transfer.images.pictures import decoding
from glyph_transfer.images.pictures.decoding import BrokenPictureError, decode, read_file
from glyph_transfer.images.pictures.preparation import prepare

GREY = character("L", 60)
IMAGE = Image.fromarray(GREY)
EXPECTED = prepare(GREY).image


def with_alpha(ink):
    image = Image.new("RGBA", IMAGE.size, (ink, ink, ink, 0))
    image.putalpha(Image.fromarray(255 - GREY))
    return image


CASES = {
    "png 1 bit": encoded(IMAGE.convert("1")),
    "png grey": encoded(IMAGE),
    "png palette": encoded(IMAGE.convert("P")),
    "png RGB": encoded(IMAGE.convert("RGB")),
    "png RGBA": encoded(with_alpha(0)),
    "png white RGBA": encoded(with_alpha(255)),
    "png grey and alpha": encoded(with_alpha(0).convert("LA")),
    "png palette and alpha": encoded(with_alpha(0).quantize(8)),
    "png one transparent colour": encoded(IMAGE, transparency=255),
    "png 16 bits": encoded(GREY.astype(np.uint16) * 257),
    "png 12 of 16 bits": encoded(GREY.astype(np.uint16) * 16),
    "jpg": encoded(IMAGE, "JPEG"),
    "jpg RGB": encoded(IMAGE.convert("RGB"), "JPEG"),
    "jpg CMYK": encoded(IMAGE.convert("RGB").convert("CMYK"), "JPEG"),
    "bmp": encoded(IMAGE, "BMP"),
    "bmp 1 bit": encoded(IMAGE.convert("1"), "BMP"),
    "gif": encoded(IMAGE, "GIF"),
    "gif, first of two": encoded(
        IMAGE, "GIF", save_all=True, append_images=[Image.new("L", IMAGE.size, 9)]
    ),
    "tiff": encoded(IMAGE, "TIFF"),
    "tiff 16 bits": encoded(GREY.astype(np.uint16) * 257, "TIFF"),
    "tiff of fractions": encoded((GREY / 255).astype(np.float32), "TIFF"),
    "tiff 32 bits": encoded(IMAGE.convert("I"), "TIFF"),
    "tiff CMYK": encoded(IMAGE.convert("RGB").convert("CMYK"), "TIFF"),
    "tiff LZW": encoded(IMAGE, "TIFF", compression="tiff_lzw"),
    "webp": encoded(IMAGE.convert("RGB"), "WEBP"),
    "webp and alpha": encoded(with_alpha(0), "WEBP", lossless=True),
}


@pytest.mark.parametrize("case", CASES)
def test_every_format_and_mode_is_the_same_picture(case):
    assert apart(prepare(decode(CASES[case])).image, EXPECTED) < 2


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
def test_a_picture_is_turned_as_its_exif_orientation_says(orientation, form):
    stored = {
        1: GREY, 2: GREY[:, ::-1], 3: GREY[::-1, ::-1], 4: GREY[::-1],
        5: GREY.T, 6: np.rot90(GREY), 7: GREY[::-1, ::-1].T, 8: np.rot90(GREY, -1),
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(np.ascontiguousarray(stored), form, exif=exif)
    assert apart(prepare(decode(content)).image, EXPECTED) < 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 and so on", "a PDF"),
        (b"<svg xmlns=''/>", "SVG"),
        (b"PK\3\4 a zip file", "zip"),
        (b"\0\0\0\x18ftypheic and so on", "HEIC"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "another kind"),
        (b"plain words", "another kind"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"BM" + bytes(99), "damaged"),
        (encoded(IMAGE)[:90], "damaged"),
        (encoded(IMAGE, "JPEG")[:-300], "damaged"),
        (encoded(IMAGE, "GIF")[:60], "damaged"),
        (encoded(IMAGE, "TIFF")[:70], "damaged"),
        (encoded(IMAGE.convert("RGB"), "WEBP")[:50], "damaged"),
        (encoded(np.full((9, 9), np.nan, np.float32), "TIFF"), "nan"),
    ],
)
def test_what_is_no_whole_picture_is_said(content, said):
    with pytest.raises(BrokenPictureError, match=said) as raised:
        decode(content)
    assert "\n" not in str(raised.value) and " object at 0x" not in str(raised.value)


def claiming(side, form):
    """A small picture whose header says that it is large."""
    if form == "GIF":
        content = encoded(IMAGE, "GIF")
        return content[:6] + struct.pack("<HH", side, side) + content[10:]
    if form == "TIFF":
        return encoded(Image.new("1", (8_000, 8_000)), "TIFF", compression="group4")
    header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + encoded(IMAGE)[33:]


@pytest.mark.parametrize("side", [8_000, 30_000])
@pytest.mark.parametrize("form", ["PNG", "GIF", "TIFF"])
def test_a_bomb_is_refused_before_it_is_unpacked(side, form):
    """8,000 x 8,000 is below Pillow's own limit, 30,000 x 30,000 above."""
    content = claiming(side, form)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BrokenPictureError, match="pixels"):
        decode(content)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KiB


def test_a_large_photograph_is_reduced():
    large = IMAGE.resize((3000, 3000))
    for content in (encoded(large), encoded(large.convert("RGB"), "JPEG")):
        grey = decode(content)
        assert max(grey.shape) <= 512
        assert apart(prepare(grey).image, EXPECTED) < 8


def test_a_file_of_a_gigabyte_is_not_read(tmp_path):
    path = tmp_path / "large.png"
    with open(path, "wb") as stream:
        stream.write(encoded(IMAGE))
        stream.truncate(1 << 30)
    with pytest.raises(BrokenPictureError, match="1,073,741,824 bytes"):
        read_file(path)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(BrokenPictureError, match="pipe"):
        read_file(tmp_path / "pipe.png")


def test_a_file_that_is_not_there_or_may_not_be_read(tmp_path):
    with pytest.raises(BrokenPictureError, match="No such file"):
        read_file(tmp_path / "none.png")
    with pytest.raises(BrokenPictureError, match="folder"):
        read_file(tmp_path)


def test_only_the_formats_that_are_listed_are_ever_opened(monkeypatch):
    """Pillow also reads EPS, by running Ghostscript on it."""
    asked = []
    opened = Image.open

    def spy(stream, formats):
        asked.append(formats)
        return opened(stream, formats=formats)

    monkeypatch.setattr(decoding.Image, "open", spy)
    decode(encoded(IMAGE))
    assert asked == [decoding.FORMATS]


def test_a_broken_tiff_prints_nothing(capfd):
    """libtiff writes to the process's standard error, which no Python code sees."""
    content = bytearray(encoded(IMAGE.convert("RGB"), "TIFF", compression="tiff_lzw"))
    for at in range(8, len(content), 9):
        changed = content.copy()
        changed[at] ^= 0xFF
        with suppress(BrokenPictureError):
            decode(bytes(changed))
    os.write(2, b"still there")
    assert capfd.readouterr().err == "still there"
