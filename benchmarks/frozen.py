"""Frozen against full: what freezing saves, beside what it can save."""

from pathlib import Path
from statistics import median

from benchmarks.timing import Section, at_least, median_ratio, processes

ROUNDS = 5
STUDIES = {
    "cnn_s1": {
        "learning": ["dense_1", "dense"], "optimizer": "adadelta", "learning_rate": 1.0,
        "batch_size": 512, "epochs": 20, "published": "none", "n": 2_560, "n_study": 60_000,
    },
    "cnn_s3": {
        "learning": ["dense_1", "dense"], "optimizer": "adadelta", "learning_rate": 1.0,
        "batch_size": 128, "epochs": 10, "published": "3.4x", "n": 2_560, "n_study": 18_065,
    },
    "cnn_s4_transfer": {
        "learning": ["dense_1", "dense_bn_1", "dense_2", "dense_bn_2", "dense_3", "dense_bn_3",
                     "dense"],
        "optimizer": "momentum", "learning_rate": 0.01,
        "batch_size": 20, "epochs": 100, "published": "4x", "n": 1_300, "n_study": 1_300,
    },
}  # fmt: skip
"""Published protocols. S4's number of images is not stated: 50 a class are assumed."""


def measure(_: Path) -> Section:
    """Time epochs of every study's network with and without frozen layers."""
    with processes("ours") as pools:
        raw = {
            name: pools["ours"].submit(_measured, name, how, how["n"], ROUNDS).result()
            for name, how in STUDIES.items()
        }
    rows, aims = [], []
    for name, how in STUDIES.items():
        found, counted = raw[name], raw[name]["flops"]
        once = [f / how["epochs"] for f in found["features"]]
        frozen = [a + b for a, b in zip(found["frozen"], once, strict=True)]
        gain = median_ratio(found["full"], frozen)
        limit = counted["full"] / (counted["frozen"] + counted["features"] / how["epochs"])
        rows.append(
            {
                "network": name,
                "full, us/image": 1e6 * median(found["full"]) / how["n"],
                "frozen, us/image": 1e6 * median(frozen) / how["n"],
                "gain": gain,
                "published": how["published"],
                "limit by FLOPs": limit,
                "share of the limit": gain / limit,
                "kept, kB/image": found["bytes"] / 1000,
                "kept in the study, MB": found["bytes"] * how["n_study"] / 1e6,
            }
        )
        aims.append(at_least(f"{name}: share of the limit", 100 * gain / limit, 80, " %"))
    notes = [
        "Both by this program, one thread; time an image of an epoch, the one-off pass spread "
        "over the study's epochs (20, 10, 100).",
        "The limit counts convolutions and dense layers alone, all at the same speed. A frozen "
        "epoch also gathers the kept features, drops, and updates 0.6 to 1.8 million weights a "
        "batch, none of which the limit has.",
        "S4 drops after its first block while frozen, as its author's network does: its last two "
        "convolutions have another input every epoch and have to be computed.",
    ]
    title = "Frozen against full: time an image of an epoch"
    return Section(title, rows, aims, notes, raw)


def _measured(*arguments) -> dict:
    from benchmarks import own

    return own.frozen_and_full(*arguments)
