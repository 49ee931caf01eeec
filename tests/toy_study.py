"""A study of tiny sets, to be planned and run in seconds, and what may be otherwise in it."""

from glyph_transfer.experiments.inputs import Files
from glyph_transfer.experiments.plan import plan as make_plan
from glyph_transfer.images.sets import Selection
from glyph_transfer.protocol import Phase, Study, Training, Variant

SEED = 5
TRAINING = Training(optimizer="adam", batch_size=4, batch_norm_momentum=0.9)
SCRATCH = Variant(
    sources=["none"], load=[], phases=[Phase(train="all", epochs=2, learning_rate=0.01)]
)
FROZEN = Variant(
    sources=["letters", "fashion"],
    load=["conv_1", "bn_1", "conv_2", "bn_2"],
    phases=[Phase(train=["dense"], epochs=2, learning_rate=0.01)],
)
STUDY = {
    "question": "Which?",
    "targets": ["digits"],
    "model": "tominet",
    "n_train": [6],
    "draws": 2,
    "sampling": "random",
    "training": TRAINING,
    "variants": {"scratch": SCRATCH, "frozen": FROZEN},
}

OWN_SOURCES = {
    "targets": ["digits", "letters"],
    "sources_from": "scratch",
    "variants": {
        "scratch": SCRATCH,
        "frozen": FROZEN.model_copy(update={"sources": ["letters", "digits"]}),
    },
}
"""Each set is the source of the other, draw by draw."""

ENSEMBLE = {
    "variants": {
        "scratch": SCRATCH.model_copy(
            update={"models": {name: ["digits"] for name in ("tominet", "cnn_s5b", "cnn_s1")}}
        )
    },
    "ensembles": {
        "both": {
            "target": "digits",
            "variant": "scratch",
            "members": ["cnn_s1"],
            "best_of": ["cnn_s5b", "tominet"],
            "baseline": "tominet",
        }
    },
}
"""Of one network and the better one of two."""


def with_phase(**other):
    """The variants with another first phase."""
    return {
        name: variant.model_copy(update={"phases": [variant.phases[0].model_copy(update=other)]})
        for name, variant in STUDY["variants"].items()
    }


def make_study(**other):
    """The study, changed in what is named."""
    return Study.model_validate(STUDY | other)


def plan_study(files, parts, *, seed=SEED, cache_mb=2000, selection=None, **other):
    """Plan the study on the files of others, with results in a folder of its own."""
    targets = {name: (path, selection or Selection()) for name, (path, _) in files.targets.items()}
    return make_plan(make_study(**other), seed, Files(targets, files.sources, parts), cache_mb)
