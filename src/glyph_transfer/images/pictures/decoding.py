"""Bytes of a picture -> grey levels, in bounded memory, whatever the bytes are."""

import io
import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Lock
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from glyph_transfer.images.pictures.grey import as_grey

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")
"""Pillow's names of what is read; of several pictures in a file, the first."""

SUFFIXES = frozenset({
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".webp",
    ".heic", ".heif", ".avif",
})  # fmt: skip
"""Names that say that a file is a picture, whether it can be read or not."""

MOST_BYTES = 256 << 20
"""Of a file; 50 million pixels of 16 bits in three channels are 300 MB, and compressed less."""

MOST_PIXELS = 50_000_000
"""Of a picture: what a telephone's camera gives. Grey, RGB and alpha take 200 MB meanwhile."""

_MOST_SIDE = 512  # longer side of what is given, pixels
_TIFF = (b"II*\0", b"MM\0*")
_ORIENTATION = 0x0112  # the tag of EXIF 2.3; what follows undoes its values
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Of other files that are named as pictures, by how they begin.
_KNOWN = (
    (b"%PDF", "a PDF"),
    (b"PK\3\4", "a zip archive"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML file"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
    (b"\x1f\x8b", "a gzip archive"),
)


class BrokenPictureError(Exception):
    """Why a file cannot be read as a picture, in words that follow its name."""


def read_file(path: Path) -> np.ndarray:
    """Grey levels of a picture in a file, as `decode` gives them.

    Raises:
        BrokenPictureError: it cannot be read, is no regular file, or is no picture.
    """
    try:
        # not opened before it is known to be a file: a pipe would wait for ever
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise BrokenPictureError("not a file but a pipe, a socket, a device or a folder")
        if status.st_size > MOST_BYTES:
            raise BrokenPictureError(_too_many(status.st_size))
        with open(path, "rb") as stream:
            return _decode(stream)
    except OSError as error:
        raise BrokenPictureError(f"cannot be read ({error.strerror or error})") from error


def decode(content: bytes) -> np.ndarray:
    """Grey levels of a picture.

    Args:
        content: of a file in one of `FORMATS`, which its bytes decide.

    Returns:
        uint8 (h, w), upright as its EXIF orientation says, what is transparent as paper;
        reduced by a whole factor to at most 512 rows and columns.

    Raises:
        BrokenPictureError: another format, damaged, cut off, or too large.
    """
    if len(content) > MOST_BYTES:
        raise BrokenPictureError(_too_many(len(content)))
    return _decode(io.BytesIO(content))


def is_picture(start: bytes) -> bool:
    """Whether a file begins as one of `FORMATS` does."""
    return start.startswith((b"\x89PNG", b"\xff\xd8\xff", b"BM", b"GIF8", *_TIFF)) or (
        start[:4] == b"RIFF" and start[8:12] == b"WEBP"
    )


def _decode(stream: BinaryIO) -> np.ndarray:
    start = stream.read(16)
    stream.seek(0)
    if not start:
        raise BrokenPictureError("an empty file")
    if not is_picture(start):
        raise BrokenPictureError(f"not a picture but {_named(start)}; expected {_EXPECTED}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Pillow warns of, it reads all the same
        try:
            with _silent_libtiff() if start.startswith(_TIFF) else nullcontext():
                return _grey(stream)
        except BrokenPictureError:
            raise
        except Image.DecompressionBombError as error:
            raise BrokenPictureError(f"too many pixels, expected {MOST_PIXELS:,}") from error
        except UnidentifiedImageError as error:
            raise BrokenPictureError("damaged or cut off in its header") from error
        # Exception is what there is to name: Pillow's readers fail on damaged bytes with
        # errors of a dozen kinds, of which they document two.
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise BrokenPictureError(f"damaged or cut off ({reason})") from error


@contextmanager
def _silent_libtiff() -> Iterator[None]:
    """Keep libtiff from printing, past Python, what Pillow then raises or gets over."""
    with _STDERR:
        try:
            kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        except OSError:  # no standard error that could be written to
            yield
            return
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)


_STDERR = Lock()
_EXPECTED = ", ".join(FORMATS)


def _grey(stream: BinaryIO) -> np.ndarray:
    with Image.open(stream, formats=FORMATS) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise BrokenPictureError(
                f"{width:,} x {height:,} pixels, expected at most {MOST_PIXELS:,} in all; cut "
                "the character out or make the picture smaller"
            )
        image.draft("RGB", (2 * _MOST_SIDE, 2 * _MOST_SIDE))  # JPEG: fewer pixels at once
        image.load()
        turn = _TURNS.get(image.getexif().get(_ORIENTATION))
        upright = _reduced(_plain(image))
        return as_grey(np.asarray(upright.transpose(turn) if turn is not None else upright))


def _plain(image: Image.Image) -> Image.Image:
    """The picture in one of the modes L, LA, RGB, RGBA, in the fewest that keep it."""
    if image.mode.startswith("I") or image.mode == "F":
        return _of_depth(image)
    if image.has_transparency_data:
        return image if image.mode in ("LA", "RGBA") else image.convert("RGBA")
    if image.mode in ("L", "RGB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _of_depth(image: Image.Image) -> Image.Image:
    """The picture of 16 bits or of fractions as grey levels."""
    values = np.asarray(image)
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= 65535):  # in these words, because NaN is in no range
        raise BrokenPictureError(f"pixels {low}..{high}, expected 0..255 or up to 65,535")
    if image.mode == "F" and high <= 1:
        values = values * 255
    levels = np.rint(values).astype(np.uint16) if image.mode == "F" else values.astype(np.uint16)
    return Image.fromarray(as_grey(levels))


def _reduced(image: Image.Image) -> Image.Image:
    factor = -(-max(image.size) // _MOST_SIDE)
    return image if factor == 1 else image.reduce(factor)


def _named(start: bytes) -> str:
    """What a file is that begins so."""
    if start[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"):
        return "HEIC or AVIF; save it as PNG or JPG"
    lower = start.lstrip().lower()
    for beginning, name in _KNOWN:
        if lower.startswith(beginning.lower()):
            return name
    return "a file of another kind"


def _too_many(n_bytes: int) -> str:
    return f"{n_bytes:,} bytes, expected at most {MOST_BYTES:,}"
