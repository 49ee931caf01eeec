"""MATLAB's files are read without scipy's parser: whatever the bytes, values or InputError."""

import struct
import zlib

import numpy as np
import pytest
import scipy.io

from glyph_transfer.errors import InputError
from glyph_transfer.images.pictures import matlab

HEADER = b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\1IM"


def element(kind, data):
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)


def matrix(kind, shape, name, *rest):
    flags = element(6, struct.pack("<II", kind, 0))
    return element(14, flags + element(5, struct.pack(f"<{len(shape)}i", *shape))
                   + element(1, name.encode()) + b"".join(rest))  # fmt: skip


def categorical_file(named):
    """MATLAB's own form: objects by number, and a store of all at the end of the file."""
    content, cells = HEADER, [matrix(9, (1, 1), "", element(2, b"\2"))]
    for number, (name, (names, codes)) in enumerate(named.items(), 1):
        told = np.array([0xDD000000, 2, 1, 1, number, 1], "<u4")
        inner = matrix(13, (6, 1), "", element(6, told.tobytes()))
        flags = element(6, struct.pack("<II", 17, 0))
        content += element(14, flags + element(1, name.encode()) + element(1, b"MCOS")
                           + element(1, b"categorical") + inner)  # fmt: skip
        texts = [matrix(4, (1, len(t)), "", element(16, t.encode())) for t in names]
        cells += [matrix(1, (len(names), 1), "", *texts),
                  matrix(9, (len(codes), 1), "", element(2, bytes(codes)))]  # fmt: skip
    store = matrix(1, (len(cells), 1), "", *cells)
    flags = element(6, struct.pack("<II", 17, 0))
    wrapper = element(14, flags + element(1, b"MCOS") + element(1, b"FileWrapper__") + store)
    fields = element(5, struct.pack("<i", 5)) + element(1, b"MCOS\0") + wrapper
    hidden = b"\0\1IM" + bytes(4) + matrix(2, (1, 1), "", fields)
    return content + matrix(9, (1, len(hidden)), "", element(2, hidden))


@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "f4", "f8", "i8", "?"])
@pytest.mark.parametrize("compressed", [True, False])
def test_numbers_of_every_type_and_shape(tmp_path, dtype, compressed):
    given = np.arange(24).reshape(2, 3, 4).astype(dtype)
    scipy.io.savemat(tmp_path / "x.mat", {"x": given}, do_compression=compressed)
    found = matlab.read(tmp_path / "x.mat")
    np.testing.assert_array_equal(found["x"], given)


def test_texts_and_structs(tmp_path):
    content = {"a": {"b": {"c": np.eye(2)}}, "t": "héllo", "cell": np.array(["x", "yy"], object)}
    scipy.io.savemat(tmp_path / "x.mat", content)
    found = matlab.read(tmp_path / "x.mat")
    np.testing.assert_array_equal(found["a.b.c"], np.eye(2))
    assert found["t"].tolist() == ["héllo"]
    assert found["cell"].tolist() == ["x", "yy"]


def test_categorical_arrays(tmp_path):
    """As Arabic letters are published; scipy shows such labels as objects."""
    named = {"Test": (["1", "2"], [2, 1]), "Train": (["1", "2", "10"], [3, 1, 2, 2])}
    (tmp_path / "x.mat").write_bytes(categorical_file(named))
    found = matlab.read(tmp_path / "x.mat")
    assert found["Test"].tolist() == ["2", "1"]
    assert found["Train"].tolist() == ["10", "1", "2", "2"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "another format"),
        (b"MATLAB 7.3 MAT-file".ljust(128), r"-v7\.3"),
        (HEADER + struct.pack("<II", 14, 1 << 31), "0 of 2,147,483,648 bytes"),
        (HEADER + element(15, b"no zlib"), "damaged"),
        (HEADER + matrix(9, (1 << 15, 1 << 15), "x", element(2, b"\1")), "1 values for the shape"),
        (
            HEADER + matrix(4, (1, 3), "t", struct.pack("<II", 16, 100) + b"abc".ljust(8)),
            "8 of 100",
        ),
    ],
)
def test_what_is_damaged_is_refused(tmp_path, content, said):
    (tmp_path / "x.mat").write_bytes(content)
    with pytest.raises(InputError, match=said):
        matlab.read(tmp_path / "x.mat")


def test_a_variable_that_inflates_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(matlab, "MOST_BYTES", 1 << 16)
    (tmp_path / "x.mat").write_bytes(HEADER + element(15, zlib.compress(bytes(1 << 20))))
    with pytest.raises(InputError, match="more than 65,536 bytes"):
        matlab.read(tmp_path / "x.mat")


def test_any_changed_byte_gives_values_or_an_error(tmp_path):
    """One such byte crashes scipy's parser, and the interpreter with it."""
    path = tmp_path / "x.mat"
    scipy.io.savemat(path, {"x": np.eye(3), "s": {"a": "text", "c": np.array(["x"], object)}})
    whole = path.read_bytes() + categorical_file({"T": (["a"], [1])})[128:]
    rng = np.random.default_rng(0)
    for _ in range(400):
        content = bytearray(whole)
        content[rng.integers(126, len(content))] = rng.integers(256)
        path.write_bytes(content[: rng.integers(len(content))] if rng.random() < 0.2 else content)
        try:
            found = matlab.read(path)
        except InputError:
            continue
        assert all(isinstance(value, np.ndarray) for value in found.values())
