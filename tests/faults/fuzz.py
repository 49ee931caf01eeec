"""Damaged files for every reader: each is read, or refused with an InputError, in bounded memory.

`python -m faults.fuzz N` reads N files, in a process that may take no more than `MOST_BYTES` beside
what it has imported.
"""

import dataclasses
import resource
import shutil
import signal
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import psutil
import scipy.io

from drawn_pictures import character, encoded
from glyph_transfer.errors import InputError
from glyph_transfer.experiments import results
from glyph_transfer.files import read_json
from glyph_transfer.images import local, sets
from glyph_transfer.images.formats import read_raw
from glyph_transfer.images.pictures import reading, sanity
from glyph_transfer.images.pictures.own_images import Options
from glyph_transfer.learning import models
from glyph_transfer.protocol import candidates, ready_made
from glyph_transfer.tracking import records
from raw_files import LETTERS, as_published, glyphs, upright, write

ROLE = dataclasses.replace(LETTERS, train_size=100, test_size=50)
MOST_BYTES = 3 << 29  # of addresses
MOST_S = 60
ALLOWED = Options(allow=sanity.SERIOUS)
REPOSITORY = Path(__file__).parents[2]
KINDS = ("idx", "mat", "npz", "npy", "csv")


def result():
    """What a replicate might give."""
    arrays = dict.fromkeys(field.name for field in dataclasses.fields(results.Result))
    numbers = np.arange(40, dtype=np.float32)
    return results.Result(
        **arrays | dict.fromkeys(arrays, numbers) | {"fingerprint": "f", "source": ""}
    )


def image_set():
    labels = (np.arange(60) % 3).astype(np.uint8)
    split = sets.Split(glyphs(60), labels, np.arange(60, dtype=np.int32))
    return sets.ImageSet(("a", "b", "c"), split, split, split)


def readers(folder):
    """Name -> a reader, and the file of it that is to be damaged."""
    a_to_z = np.arange(26, dtype=np.uint8)
    splits = {"train": (glyphs(26), a_to_z), "test": (glyphs(26, 1), a_to_z)}
    found = {}
    for kind in KINDS:
        own = folder / kind
        own.mkdir()
        arrays = upright(splits) if kind in ("npz", "npy") else as_published(splits, LETTERS)
        paths = write(own, ROLE, kind, arrays)
        found[kind] = (lambda own=own: read_raw(own, ROLE)), next(iter(paths.values()))
    sets.save(image_set(), folder / "set.npz")
    found["set"] = (lambda: sets.load(folder / "set.npz")), folder / "set.npz"
    results.save_result(result(), folder / "part.npz")
    found["part"] = (lambda: results.load_result(folder / "part.npz")), folder / "part.npz"
    (folder / "found.json").write_text('{"dropout": 0.5, "learning_rate": 0.001}')
    found["json"] = (lambda: read_json(folder / "found.json")), folder / "found.json"
    (folder / "search.json").write_text('{"dropout": 0.5, "learning_rate": 0.001}')
    found["search"] = (lambda: candidates.load(folder / "search.json")), folder / "search.json"
    archive = folder / "zip" / "gzip.zip"
    archive.parent.mkdir()
    make_archive(archive)
    found["zip"] = (lambda: local.search(ROLE, archive.parent, folder / "none")), archive
    return found | of_ones_own(folder / "own") | of_the_project(folder / "made")


def of_ones_own(folder):
    """Pictures and arrays that a user may have, as `readers`."""
    folder.mkdir()
    drawn = character("F", 40)
    found = {}
    for form in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"):
        path = folder / f"drawn.{form.lower()}"
        path.write_bytes(encoded(drawn, form))
        found[form] = (lambda path=path: reading.read_unlabelled([path])), path
    arrays = {"x": glyphs(40), "y": (np.arange(40) % 2).astype(np.uint8)}
    np.savez_compressed(folder / "own.npz", **arrays)
    scipy.io.savemat(folder / "own.mat", arrays, do_compression=True)
    rows = [[label, *image.ravel()] for image, label in zip(*arrays.values(), strict=True)]
    np.savetxt(folder / "own.csv", rows, "%d", ",")
    for kind in ("npz", "mat", "csv"):
        path = folder / f"own.{kind}"
        found[f"own {kind}"] = (lambda path=path: reading.read(path, ALLOWED)), path
    return found


def of_the_project(folder):
    """What stages write for others, as `readers`."""
    folder.mkdir()
    network = models.build("tominet", 3, 0.9)
    models.save(network, folder / "network.keras")
    children = [records.Record("draw 0", "few", metrics={"a": 1.0}, curves={"loss": [1.0]})]
    of_data = [records.Dataset("digits", "train", "a" * 64, 20)]
    record = records.Record("few", "few", {"a": "b"}, datasets=of_data, children=children)
    records.write_record(record, folder / "record.json")
    shutil.copy(next((REPOSITORY / "data" / "pretrained").glob("*.json")), folder / "card.json")
    each = {
        "network.keras": models.load,
        "record.json": records.read_record,
        "card.json": ready_made.read_card,
    }
    return {name: ((lambda r=r, n=name: r(folder / n)), folder / name) for name, r in each.items()}


def make_archive(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in LETTERS.forms[0].files.values():
            archive.writestr(f"gzip/{file.name}", bytes(200))


def damaged(content, rng):
    """A copy with some of: bits changed, bytes put in, cut out, repeated, and an end cut off."""
    changed = bytearray(content)
    for _ in range(rng.integers(1, 5)):
        at = int(rng.integers(len(changed) + 1))
        # headers and directories, where there is most to go wrong, more often than their size
        at = at if rng.random() < 0.5 else min(at % 200, len(changed))
        at = at if rng.random() < 0.7 else max(0, len(changed) - at % 400)
        n = int(rng.integers(1, 9))
        match rng.integers(6):
            case 0 | 1 | 2 if at < len(changed):
                changed[at] ^= 1 << int(rng.integers(8))
            case 3:
                changed[at : at + n] = rng.bytes(n)
            case 4:
                del changed[at : at + n]
            case _:
                changed[at:at] = changed[at : at + n] if rng.random() < 0.5 else rng.bytes(n)
    return bytes(changed[: int(rng.integers(len(changed) + 1))] if rng.random() < 0.1 else changed)


def stop(*_):
    raise AssertionError(f"not read in {MOST_S} s")


def main(n):
    """Read n damaged files; what is neither read nor refused ends the program with a traceback."""
    signal.signal(signal.SIGALRM, stop)
    rng, told, began = np.random.default_rng(0), Counter(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = readers(Path(folder))
        whole = {name: path.read_bytes() for name, (_, path) in found.items()}
        for name, (read, _) in found.items():
            read()
            told[name, "read"] += 0
        most = psutil.Process().memory_info().vms + MOST_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for i in range(n):
            name = [*found][i % len(found)]
            read, path = found[name]
            path.write_bytes(damaged(whole[name], rng))
            signal.alarm(MOST_S)
            try:
                read()
                told[name, "read"] += 1
            except InputError:
                told[name, "refused"] += 1
            finally:
                signal.alarm(0)
            path.write_bytes(whole[name])
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    each = ", ".join(
        f"{name} {told[name, 'refused']} refused {told[name, 'read']} read" for name in found
    )
    print(
        f"{n:,} damaged files in {time.monotonic() - began:.0f} s, {more} MiB more than before at "
        f"most: no crash, no hang, no exception but InputError ({each})"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
