"""Any bytes under any name give images, a remark, or InputError; never anything else."""

import struct

import numpy as np
import pytest

from drawn_pictures import character, encoded, write_folder
from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures import reading
from glyph_transfer.images.pictures.decoding import BrokenPictureError, decode
from glyph_transfer.images.pictures.own_images import Options
from raw_files import idx_bytes, npy_bytes

SUFFIXES = [".png", ".jpg", ".gif", ".bmp", ".tiff", ".webp", "", ".txt", ".svg", ".heic"]
ARRAYS = [".npz", ".npy", ".mat", ".csv", "-idx3-ubyte", ".idx.gz"]
WHOLE = [
    *(encoded(character(), form) for form in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")),
    idx_bytes(np.stack([character(side=28)] * 3)),
    npy_bytes(np.stack([character(side=28)] * 3)),
    b"1,2,3\n4,5,6\n",
    struct.pack("<II", 14, 8) * 30,
]


def damaged(rng):
    """A file that is whole, cut, changed, grown, or nothing but noise."""
    content = bytearray(WHOLE[rng.integers(len(WHOLE))])
    kind = rng.integers(5)
    if kind == 0:
        return rng.bytes(rng.integers(0, 200))
    if kind == 1:
        return bytes(content[: rng.integers(len(content))])
    for _ in range(rng.integers(0, 9) * (kind > 2)):
        content[rng.integers(len(content))] = rng.integers(256)
    return bytes(content) + rng.bytes(rng.integers(0, 30) * (kind == 4))


def named(rng):
    letters = "ab ,;\"'<>&\n\t\u202e\u05d0\u0915#%=~$\\|*?"
    return "".join(letters[i] for i in rng.integers(len(letters), size=rng.integers(1, 12)))


@pytest.mark.parametrize("seed", range(300))
def test_bytes_of_one_picture(seed):
    rng = np.random.default_rng(seed)
    try:
        grey = decode(damaged(rng))
    except BrokenPictureError as error:
        assert str(error) and "\n" not in str(error)
    else:
        assert grey.dtype == np.uint8 and grey.ndim == 2


@pytest.mark.parametrize("seed", range(60))
def test_files_in_a_folder(tmp_path, seed):
    """Beside thirty good pictures, three of any kind."""
    rng = np.random.default_rng([1, seed])
    write_folder(tmp_path, n=15)
    for i in range(3):
        folder = tmp_path / "LF"[i % 2] if rng.random() < 0.7 else tmp_path / named(rng)
        folder.mkdir(exist_ok=True)
        name = f"{named(rng)}{i}{SUFFIXES[rng.integers(len(SUFFIXES))]}"
        (folder / name).write_bytes(damaged(rng))
    given = [path for path in tmp_path.rglob("*") if path.is_file()]
    own = reading.read(tmp_path, Options(allow=("leak", "labels", "filled")))
    said = {name for remark in own.remarks for name in remark.files}
    assert len(own) >= 30
    assert len({*own.files} | said) == sum(not path.name.startswith(".") for path in given)


@pytest.mark.parametrize("seed", range(150))
def test_files_of_arrays(tmp_path, seed):
    rng = np.random.default_rng([2, seed])
    path = tmp_path / f"x{ARRAYS[rng.integers(len(ARRAYS))]}"
    path.write_bytes(damaged(rng))
    with pytest.raises(InputError) as raised:  # none of them has labels
        reading.read(path)
    assert "x" in str(raised.value)
