"""The stage at toy size: the very networks of the study, and what is kept of them."""

import csv
from pathlib import Path

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.experiments import results
from glyph_transfer.layout import record_file, source_file, study_folder, visualisation_folder
from glyph_transfer.learning import models
from glyph_transfer.seeds import generator
from glyph_transfer.stages import transfer, visualise
from glyph_transfer.tracking import store
from glyph_transfer.tracking.records import read_record

FOLDER = visualisation_folder("embedded", "few")


@pytest.fixture(scope="module")
def visualised(project):
    """The outputs of the stage."""
    network = models.build("tominet", 10, 0.5)
    models.set_weights(network, models.initial_weights(network, generator(0)))
    models.save(network, source_file("embedded", "tominet", "letters"))
    transfer.main("embedded", "few")
    visualise.main("embedded", "few")
    assert Path.cwd() == project
    return {path.name: path.read_bytes() for path in FOLDER.iterdir()}


def rows(name):
    with open(FOLDER / name, newline="") as file:
        return list(csv.DictReader(file))


def test_there_is_a_picture_of_everything_and_the_numbers_in_it(visualised):
    assert {*visualised} == {
        "kernels.png", "maxima.png", "maxima.csv", "similarity-letters.png", "similarity.csv",
        "classes-letters.png", "classes.csv",
    }  # fmt: skip


@pytest.mark.usefixtures("visualised")
def test_all_filters_of_all_networks_are_maximised():
    found = [(row["source"], row["layer"]) for row in rows("maxima.csv")]
    assert {pair: found.count(pair) for pair in found} == {
        (source, layer): filters
        for source in ("none", "letters")
        for layer, filters in (("conv_1", 32), ("conv_2", 16))
    }


@pytest.mark.usefixtures("visualised")
def test_layers_that_stayed_frozen_are_like_themselves():
    found = {(row["before"], row["after"]): float(row["cka"]) for row in rows("similarity.csv")}
    assert found["conv_1", "conv_1"] == found["bn_2", "bn_2"] == 1
    assert found["dense", "dense"] < 0.99


@pytest.mark.usefixtures("visualised")
def test_every_class_of_target_and_source_has_its_place():
    named = [(row["set"], row["class"]) for row in rows("classes.csv")]
    assert named == [(role, name) for role in ("letters", "digits") for name in "ABCDEFGHIJ"]


def test_the_run_says_which_draw_and_carries_all_files(visualised):
    record = read_record(record_file("embedded", "visualise_few"))
    assert record.experiment == "visualisation"
    assert record.tags["draw"] == "0"
    assert record.params["images"] == 20
    assert {Path(path).name for path in record.artifacts} == {*visualised}
    assert store.read(record).tags["study"] == "few"


def test_visualising_again_gives_the_same_bytes(visualised):
    visualise.main("embedded", "few")
    assert {path.name: path.read_bytes() for path in FOLDER.iterdir()} == visualised


def test_other_networks_than_the_studys_are_refused(visualised):
    assert visualised
    (path,) = study_folder("embedded", "few").rglob("letters/head/10.npz")
    stored = results.load(path)
    swapped = {name: value[::-1] for name, value in vars(stored).items()}
    try:
        results.save(results.CellResults(**swapped), path)
        with pytest.raises(InputError, match=rf"{path}: draw 0, trained again, predicts something"):
            visualise.main("embedded", "few")
    finally:
        results.save(stored, path)
    assert np.array_equal(results.load(path).index, stored.index)
