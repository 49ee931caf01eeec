"""A study with two variants, its cells' names, and what may be otherwise in it."""

import copy

from glyph_transfer.protocol import Study

PHASE = {"train": "all", "epochs": 20, "learning_rate": 0.01}
SCRATCH = {"sources": ["none"], "load": [], "phases": [PHASE]}
TUNED = {
    "sources": ["letters", "digits"],
    "baseline": "scratch",
    "load": ["conv_1"],
    "phases": [{"train": ["dense"], "epochs": 3, "learning_rate": 0.01}, PHASE],
}
STUDY = {
    "question": "Which?",
    "targets": ["digits", "letters"],
    "model": "tominet",
    "n_train": [10, 20],
    "draws": 3,
    "sampling": "random",
    "training": {"optimizer": "adam", "batch_size": 5, "batch_norm_momentum": 0.9},
    "variants": {"scratch": SCRATCH, "tuned": TUNED},
}
SCRATCH_10 = "digits/tominet/none/scratch/10"
SCRATCH_20 = "digits/tominet/none/scratch/20"
TUNED_10 = "digits/tominet/letters/tuned/10"
LOWER = {"text": "Fewer are worse.", "cell": SCRATCH_10, "than": SCRATCH_20, "expects": "lower"}
ENSEMBLES = {
    "both": {
        "target": "digits",
        "variant": "scratch",
        "members": ["cnn_s1"],
        "best_of": ["cnn_s3", "tominet"],
        "baseline": "tominet",
    }
}
SEVERAL_MODELS = SCRATCH | {
    "models": {"tominet": ["digits", "letters"], "cnn_s1": ["digits"], "cnn_s3": ["digits"]}
}


def study(**other):
    return Study.model_validate(copy.deepcopy(STUDY | other))


def with_ensemble(**other):
    return study(variants={"scratch": SEVERAL_MODELS}, ensembles=ENSEMBLES, **other)


def names(cells):
    return [str(cell) for cell in cells]
