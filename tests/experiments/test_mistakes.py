"""What cannot work is told before anything trains."""

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.experiments.run import run
from glyph_transfer.images.sets import Selection
from toy_study import (
    FROZEN,
    SCRATCH,
)


def frozen(**other):
    return {"scratch": SCRATCH, "frozen": FROZEN.model_copy(update=other)}


UNKNOWN_PHASE = [FROZEN.phases[0].model_copy(update={"train": ["dense", "conv_9"]})]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"n_train": [6, 41]}, r"n_train is 41, .* training images, 40"),
        ({"n_train": [6, 2]}, r"n_train is 2, .* at least the number of classes, 3"),
        ({"variants": frozen(load=["dense"])}, "'dense' cannot be loaded"),
        ({"variants": frozen(load=["conv_9"])}, "names the layer 'conv_9', .*: conv_1, bn_1"),
        ({"variants": frozen(phases=UNKNOWN_PHASE)}, "names the layer 'conv_9', .*: conv_1"),
        ({"model": "lenet", "variants": {"s": SCRATCH}}, "unknown model 'lenet'"),
        ({"selection": Selection(("F", "G"))}, r"'digits' asks for the classes \['G'\]"),
        ({"selection": Selection(most=8), "n_train": [6, 9]}, "n_train is 9, .* images, 8"),
    ],
    ids=["n_train", "classes", "load", "unknown", "phase", "model", "class", "most"],
)
def test_a_mistake_in_any_cell_is_told_before_anything_trains(plan, tmp_path, other, message):
    with pytest.raises(InputError, match=message):
        run(plan(**other), 1, "mistaken")
    assert not (tmp_path / "parts").exists()


def test_a_source_of_another_model_has_to_fit(plan, tmp_path):
    """conv_1 is alike in both networks; conv_2 has 16 filters in TomiNet's, and 64 in S1's."""
    other = FROZEN.model_copy(update={"source_model": "tominet", "load": ["conv_1", "conv_2"]})
    jobs = plan(model="cnn_s1", variants={"scratch": SCRATCH, "other": other})
    with pytest.raises(InputError, match=r"'conv_2' cannot .*\(3, 3, 32, 16\).*network's .*, 64\)"):
        run(jobs, 1, "mistaken")
    assert not (tmp_path / "parts").exists()


def test_a_source_that_is_not_trained_yet_has_to_fit(plan, tmp_path):
    """It has the shapes of its model and of its own target."""
    variants = {
        "scratch": SCRATCH.model_copy(
            update={"models": {"tominet": ["digits"], "cnn_s1": ["letters"]}}
        ),
        "frozen": FROZEN.model_copy(
            update={
                "sources": ["letters"],
                "models": {"tominet": ["digits"]},
                "source_model": "cnn_s1",
                "load": ["conv_1", "conv_2"],
            }
        ),
    }
    jobs = plan(targets=["digits", "letters"], sources_from="scratch", variants=variants)
    with pytest.raises(InputError, match=r"'conv_2' cannot .*\(3, 3, 32, 64\).*network's .*, 16\)"):
        run(jobs, 1, "mistaken")
    assert not (tmp_path / "parts").exists()
