"""The optimizers written out against Keras's own, in the same traced loop."""

from pathlib import Path
from statistics import median

from benchmarks.timing import Section, at_least, processes

ROUNDS = 12
CASES = {
    "tominet, all layers": {
        "network": "tominet", "optimizer": "adam", "learning_rate": 0.001, "frozen": 0,
        "n": 100, "batch_size": 10, "epochs": 20,
    },
    "tominet, head": {
        "network": "tominet", "optimizer": "adam", "learning_rate": 0.001, "frozen": 4,
        "n": 100, "batch_size": 10, "epochs": 100,
    },
    "cnn_s1, dense layers": {
        "network": "cnn_s1", "optimizer": "adadelta", "learning_rate": 1.0, "frozen": 2,
        "n": 2_560, "batch_size": 512, "epochs": 3,
    },
    "cnn_s4_transfer, dense layers": {
        "network": "cnn_s4_transfer", "optimizer": "momentum", "learning_rate": 0.01, "frozen": 8,
        "n": 260, "batch_size": 20, "epochs": 4,
    },
}  # fmt: skip
"""Networks, the first so many of whose layers with weights are frozen, as studies train them."""


def measure(_: Path) -> Section:
    """Time steps with both kinds of optimizer in turns, case by case."""
    with processes("ours") as pools:
        raw = {
            name: pools["ours"].submit(_measured, case, ROUNDS).result()
            for name, case in CASES.items()
        }
    rows = [
        {
            "what learns": name,
            "optimizer": CASES[name]["optimizer"],
            "batch": CASES[name]["batch_size"],
            "ours, ms/step": 1000 * median(found["ours"]),
            "keras, ms/step": 1000 * median(found["keras"]),
            "keras / ours": median(found["keras"]) / median(found["ours"]),
        }
        for name, found in raw.items()
    ]
    first = rows[0]
    aims = [at_least(f"{first['what learns']}: keras / ours", first["keras / ours"], 1.1)]
    notes = [f"Processor time of one thread, medians of {ROUNDS} rounds in turns."]
    return Section("Optimizers: time a step", rows, aims, notes, raw)


def _measured(*arguments) -> dict:
    from benchmarks import own

    return own.with_optimizers(*arguments)
