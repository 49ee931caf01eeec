"""The inputs of a study of tiny sets."""

from dataclasses import replace

import pytest

from glyph_transfer.experiments.frozen import Frozen
from glyph_transfer.experiments.inputs import Files
from glyph_transfer.experiments.run import run
from glyph_transfer.images import sets
from glyph_transfer.images.sets import Selection
from glyph_transfer.learning import models
from toy_study import ENSEMBLE, OWN_SOURCES, plan_study


@pytest.fixture(scope="session")
def letters_set(image_set):
    """The glyphs upside down, of classes of other names."""
    turned = {}
    for name in sets.SPLITS:
        split = getattr(image_set, name)
        turned[name] = replace(split, images=split.images[:, ::-1])
    return replace(image_set, classes=("x", "y", "z"), **turned)


@pytest.fixture(scope="session")
def inputs(tmp_path_factory, image_set, letters_set, scramble):
    """Files of the sets `digits` and `letters`, and of two networks of other classes."""
    folder = tmp_path_factory.mktemp("inputs")
    targets = {}
    for name, content in (("digits", image_set), ("letters", letters_set)):
        targets[name] = folder / f"{name}.npz", Selection()
        sets.save(content, targets[name][0])
    sources = {}
    for number, name in enumerate(("letters", "fashion"), 4):
        network = models.build("tominet", number, 0.9)
        scramble(network, number)
        sources["tominet", name] = [folder / f"tominet-{name}.keras"]
        models.save(network, *sources["tominet", name])
    return Files(targets, sources, folder)


@pytest.fixture
def plan(inputs, tmp_path):
    """Plan the study on the inputs, with results in a folder of the test's own."""

    def make(parts=tmp_path / "parts", files=inputs, **other):
        return plan_study(files, parts, **other)

    return make


@pytest.fixture(scope="session")
def reference(inputs, tmp_path_factory):
    """The study of tiny sets, run by one worker."""
    jobs = plan_study(inputs, tmp_path_factory.mktemp("reference"))
    run(jobs, 1, "reference")
    return jobs


@pytest.fixture(scope="session")
def own_reference(inputs, tmp_path_factory):
    """The study that trains its own sources, run by one worker."""
    jobs = plan_study(inputs, tmp_path_factory.mktemp("own"), score_every=1, **OWN_SOURCES)
    run(jobs, 1, "own sources")
    return jobs


@pytest.fixture(scope="session")
def combined(inputs, tmp_path_factory):
    """The study with an ensemble, run by one worker."""
    jobs = plan_study(inputs, tmp_path_factory.mktemp("ensemble"), draws=1, **ENSEMBLE)
    run(jobs, 1, "ensemble")
    return {job.cell.model: job for job in jobs}


@pytest.fixture
def model(build_tiny, scramble):
    """The target's network, with weights left over from the replicate before."""
    network = build_tiny()
    scramble(network, 1)
    return network


@pytest.fixture(scope="module")
def source(build_tiny, scramble):
    """A source of five classes: its head does not fit."""
    network = build_tiny(5)
    scramble(network, 2)
    return models.get_weights(network)


@pytest.fixture(scope="module")
def network(build_tiny, scramble):
    """A source of five classes."""
    source = build_tiny(5)
    scramble(source, 2)
    return source


@pytest.fixture
def frozen(network):
    return Frozen(network)
