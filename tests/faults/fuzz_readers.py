"""The readers that `fuzz` tries: each with a file that it reads, which is to be damaged."""

import dataclasses
import functools
import shutil
import zipfile
from pathlib import Path

import numpy as np
import scipy.io

from drawn_pictures import character, encoded
from glyph_transfer.commands import all_cells, summary
from glyph_transfer.experiments import results
from glyph_transfer.files import read_json
from glyph_transfer.images import local, sets
from glyph_transfer.images.formats import read_raw
from glyph_transfer.images.pictures import reading, sanity
from glyph_transfer.images.pictures.own_images import Options
from glyph_transfer.images.pictures.preparation import Steps
from glyph_transfer.layout import ready_made_card, ready_made_file, records_folder, report_folder
from glyph_transfer.learning import models, ready_made
from glyph_transfer.learning.heads.head import Head, Linear, Votes
from glyph_transfer.learning.heads.prepared import Preparation
from glyph_transfer.own import drawable, predicting, saved, sources
from glyph_transfer.own.card import Card
from glyph_transfer.protocol import candidates, params
from glyph_transfer.protocol.ready_made import ReadyMade, read_card
from glyph_transfer.tracking import kept, records
from raw_files import LETTERS, as_published, glyphs, upright, write

ROLE = dataclasses.replace(LETTERS, train_size=100, test_size=50)
ALLOWED = Options(allow=sanity.SERIOUS)
REPOSITORY = Path(__file__).parents[2]
KINDS = ("idx", "mat", "npz", "npy", "csv")
READY_MADE = "glyphnet", "digits"
CORPUS, STUDY = "embedded", "few_labels"
LAYER = "flatten"  # of TomiNet, whose outputs a head is fitted to


def readers(folder):
    """Name -> a reader, and the file of it that is to be damaged; in `folder`, which is empty.

    Those of the project's own files have to be called there.
    """
    a_to_z = np.arange(26, dtype=np.uint8)
    splits = {"train": (glyphs(26), a_to_z), "test": (glyphs(26, 1), a_to_z)}
    found = {}
    for kind in KINDS:
        own = folder / kind
        own.mkdir()
        arrays = upright(splits) if kind in ("npz", "npy") else as_published(splits, LETTERS)
        paths = write(own, ROLE, kind, arrays)
        found[kind] = (lambda own=own: read_raw(own, ROLE)), next(iter(paths.values()))
    archive = folder / "zip" / "gzip.zip"
    archive.parent.mkdir()
    make_archive(archive)
    found["zip"] = (lambda: local.search(ROLE, archive.parent, folder / "none")), archive
    found |= of_ones_own(folder / "own") | of_stages(folder / "made")
    return found | of_networks(folder) | of_what_is_committed(folder)


def make_archive(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in LETTERS.forms[0].files.values():
            archive.writestr(f"gzip/{file.name}", bytes(200))


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


def of_stages(folder):
    """What stages write for others, as `readers`."""
    folder.mkdir()
    sets.save(image_set(), folder / "set.npz")
    results.save_result(result(), folder / "part.npz")
    for name in ("found.json", "search.json"):
        (folder / name).write_text('{"dropout": 0.5, "learning_rate": 0.001}')
    models.save(models.build("tominet", 3, 0.9), folder / "network.keras")
    children = [records.Record("draw 0", "few", metrics={"a": 1.0}, curves={"loss": [1.0]})]
    of_data = [records.Dataset("digits", "train", "a" * 64, 20)]
    record = records.Record("few", "few", {"a": "b"}, datasets=of_data, children=children)
    records.write_record(record, folder / "record.json")
    each = {
        "set.npz": sets.load,
        "part.npz": results.load_result,
        "found.json": read_json,
        "search.json": candidates.load,
        "network.keras": models.load,
        "record.json": records.read_record,
    }
    return {name: ((lambda r=r, n=name: r(folder / n)), folder / name) for name, r in each.items()}


def of_networks(folder):
    """Networks that are used as they are, one's own and ready-made ones, as `readers`."""
    for path in (ready_made_file(*READY_MADE), ready_made_card(*READY_MADE)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / path, folder / path)
    card = read_card(folder / ready_made_card(*READY_MADE))
    name, images = "-".join(READY_MADE), glyphs(3)
    own = folder / "data" / "own" / "task" / "model"
    heads = {"linear": Linear(np.ones((5, 2)), np.ones(2)),
             "votes": Votes(np.ones((4, 5)), np.ones((4, 2)), (1, 3))}  # fmt: skip
    own.mkdir(parents=True)
    save_own(own)
    found = {}
    for kind, solution in heads.items():
        path = folder / f"{kind}.npz"
        saved._save_head(Head("ridge", 0.1, Preparation(np.ones(5), 2.0, False), solution), path)
        found[f"own {kind} head"] = (lambda path=path: saved.load_head(path)), path
    return found | {
        "own card": (lambda: use_own(own, images), own / saved.CARD),
        "ready-made card": (lambda: use_ready_made(name, images), ready_made_card(*READY_MADE)),
        "ready-made file": (
            lambda: ready_made.load(card, ready_made_file(*READY_MADE)),
            ready_made_file(*READY_MADE),
        ),
    }


def save_own(folder):
    """Write a network for two classes, with a head on one of its layers, and its card."""
    network = models.build("tominet", 3, 0.9)
    size = network.get_layer(LAYER).output.shape[-1]
    solution = Linear(np.ones((size, 2)), np.ones(2))
    saved._save_head(
        Head("ridge", 0.1, Preparation(np.ones(size), 2.0, False), solution), folder / saved.HEAD
    )
    models.save(network, folder / saved.NETWORK)
    card = Card(
        task="task", classes=["a", "b"], input="any", steps=dataclasses.asdict(Steps()),
        source="letters", recipe="ridge", features=[LAYER], test_copies=1,
        augmentation={"rotation": 10.0}, accuracy=0.5, accuracy_low=0.4, accuracy_high=0.6,
        images=45, data="", licence="none", files={},
    )  # fmt: skip
    (folder / saved.CARD).write_text(card.model_dump_json())


def use_own(folder, images):
    tasks, faults = drawable.known()
    drawable.find("task", tasks, faults)
    predicting.Network(folder).answers(images)


def use_ready_made(name, images):
    digest = read_card(ready_made_card(*READY_MADE)).sha256
    ReadyMade(ready_made=digest).card(*READY_MADE)
    sources.load(name).frozen.classify(images)


def of_what_is_committed(folder):
    """Parameters, tables, numbers and records that Git keeps, as `readers`."""
    for name in ("params.yaml", "published.yaml"):
        shutil.copy(REPOSITORY / name, folder)
    stages = {"record of a study": STUDY, "record of its results": f"evaluate_{STUDY}"}
    stages["record of a set"] = "convert_digits"
    results_folder = report_folder(CORPUS) / STUDY
    kept_folder = records_folder(CORPUS)
    for path in (results_folder, *(kept_folder / stage for stage in stages.values())):
        if (REPOSITORY / path).exists():
            shutil.copytree(REPOSITORY / path, folder / path)
    found = {}
    for what, stage in stages.items():
        path = kept_folder / f"{stage}.json"
        shutil.copy(REPOSITORY / path, folder / path)
        found[what] = functools.partial(kept.read, CORPUS, stage), path
    settings = {CORPUS: params.load(REPOSITORY / "params.yaml", CORPUS)}
    folders = {CORPUS: report_folder(CORPUS)}
    for table in ("cells", "differences", "labels", "claims", "replicates"):
        read = functools.partial(summary.summarise, folders, settings)
        found[f"{table}.csv"] = read, results_folder / f"{table}.csv"
    read = functools.partial(all_cells.every_cell, report_folder(CORPUS))
    found["metrics.json"] = read, results_folder / "metrics.json"
    for name in ("params.yaml", "published.yaml"):
        found[name] = read_parameters, Path(name)
    return found


def read_parameters():
    for corpus in params.load().corpora:
        settings = params.load(corpus=corpus)
        for study in settings.studies:
            settings.study(study)
