"""Few labels: the protocol of `few_labels`, beside Keras's `fit` and plain PyTorch."""

import time
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import inputs
from benchmarks.timing import (
    Aim,
    Section,
    alternate,
    at_least,
    median_ratio,
    processes,
)
from glyph_transfer.analysis.statistics import mean_interval
from glyph_transfer.experiments.inputs import Files
from glyph_transfer.experiments.plan import Job, plan
from glyph_transfer.experiments.results import load_result
from glyph_transfer.experiments.run import run as train_side_by_side
from glyph_transfer.images import sets
from glyph_transfer.protocol import Study, params
from glyph_transfer.seeds import generator

ROUNDS, DRAWS = 5, 2
"""Rounds, and draws in each: two replicates on every draw, from scratch and from letters."""

WORKERS = 2
WANTED = {"keras": 20, "skilled": 10, "torch": 5}


def measure(folder: Path) -> Section:
    """Time replicates of the study in turns."""
    target, images = inputs.target_set(folder)
    study = _study()
    jobs = _plan(study, target, folder)
    digits = sets.load(target)
    rounds = [range(DRAWS * r, DRAWS * (r + 1)) for r in range(ROUNDS)]
    draws = [[_draw(digits.train.labels, draw) for draw in of_round] for of_round in rounds]
    with processes("ours", *WANTED) as pools:
        start_up = pools["ours"].submit(_start, jobs).result()
        calls = {
            "ours": lambda r: pools["ours"].submit(run, _of(jobs, rounds[r])).result(),
            "keras": lambda r: pools["keras"].submit(_keras, folder, draws[r]).result(),
            "skilled": lambda r: pools["skilled"].submit(_skilled, folder, draws[r]).result(),
        }
        if find_spec("torch"):
            calls["torch"] = lambda r: pools["torch"].submit(_torch, folder, draws[r]).result()
        for name in calls.keys() - {"ours"}:
            calls[name](0)  # imports, reads, warms up
        calls["products"] = lambda _: pools["keras"].submit(_matrix_products).result()
        measured = alternate(calls, ROUNDS)
        operations = pools["ours"].submit(_operations, study, len(digits.test)).result()
    rate = median(measured.pop("products"))
    return _section(measured, start_up, images, operations, rate)


def run(jobs: list[Job]) -> tuple[float, list[float]]:
    """Train the jobs with two workers: seconds, and all accuracies."""
    started = time.perf_counter()
    train_side_by_side(jobs, WORKERS, "few labels")
    seconds = time.perf_counter() - started
    truth = sets.load(jobs[0].target.path).test.labels
    found = [float((load_result(job.result).predicted == truth).mean()) for job in jobs]
    return seconds, found


def _study() -> Study:
    """All replicates of all rounds, and as many draws again for starting the workers."""
    shipped = params.load(corpus="official").studies["few_labels"]
    study = shipped.restricted_to(["none", "letters"])
    return study.model_copy(update={"draws": (ROUNDS + 1) * DRAWS})


def _plan(study: Study, target: Path, folder: Path) -> list[Job]:
    files = Files(
        targets={"digits": (target, sets.Selection())},
        sources={("tominet", "letters"): [folder / "tominet-letters.keras"]},
        parts=folder / "parts",
    )
    return plan(study, inputs.SEED, files)


def _of(jobs: list[Job], draws: range) -> list[Job]:
    return [job for job in jobs if job.draw in draws]


def _start(jobs: list[Job]) -> float:
    """Seconds of the first replicates, with the start of the workers and their imports."""
    return run(_of(jobs, range(ROUNDS * DRAWS, (ROUNDS + 1) * DRAWS)))[0]


def _draw(labels: np.ndarray, draw: int) -> np.ndarray:
    return sets.sample(labels, 100, "random", generator(inputs.SEED, "draw", "digits", draw))


def _keras(folder: Path, draws: list[np.ndarray]) -> tuple[float, list[float]]:
    from benchmarks import keras_peer

    source = folder / "tominet-letters.keras"
    return keras_peer.replicates(folder / "digits.npz", source, draws)


def _skilled(folder: Path, draws: list[np.ndarray]) -> tuple[float, list[float]]:
    from benchmarks import keras_peer

    source = folder / "tominet-letters.keras"
    return keras_peer.skilled_replicates(folder / "digits.npz", source, draws)


def _torch(folder: Path, draws: list[np.ndarray]) -> tuple[float, list[float]]:
    from benchmarks import torch_peer

    features = torch_peer.read_features(folder / "tominet-letters.keras")
    return torch_peer.replicates(folder / "digits.npz", features, draws)


def _operations(study: Study, n_test: int) -> float:
    from benchmarks import own

    return own.operations(study, n_test)


def _matrix_products() -> float:
    from benchmarks import keras_peer

    return keras_peer.matrix_products()


def _section(measured: dict, first: float, images: str, operations: float, rate: float) -> Section:
    n = 2 * DRAWS
    seconds = {name: [s / n for s, _ in rounds] for name, rounds in measured.items()}
    found = {name: np.array([a for _, a in rounds]).ravel() for name, rounds in measured.items()}
    start_up = first - n * median(seconds["ours"])
    amortised = start_up / 90
    rows, aims = [], []
    for name in seconds:
        difference = mean_interval(found["ours"] - found[name], inputs.SEED)
        ratio = median_ratio(seconds[name], seconds["ours"])
        rows.append(
            {
                "contender": LABELS[name],
                "s/replicate": median(seconds[name]),
                "ratio to ours": ratio,
                "accuracy": f"{found[name].mean():.4f}",
                "ours - it, paired": "0" if name == "ours" else _shown(difference),
            }
        )
        if name in WANTED:
            aims += [
                at_least(f"faster than {LABELS[name]}", ratio, WANTED[name]),
                Aim(f"accuracy agrees with {LABELS[name]}", "interval has 0", _shown(difference),
                    difference.low <= 0 <= difference.high),
            ]  # fmt: skip
    notes = [
        f"{images}; the published protocol, half the replicates from scratch, half transferred "
        f"from letters; {ROUNDS} rounds of {n} replicates.",
        f"Start of the two workers, imports and tracing: {start_up:.1f} s once; spread over the "
        f"study's 90 replicates, {amortised:.3f} s each, which makes the ratio to Keras "
        f"{median(seconds['keras']) / (median(seconds['ours']) + amortised):.1f}. The peers' "
        "imports are not counted.",
    ]
    notes.append(_limit(seconds, operations, rate))
    if "torch" not in seconds:
        notes.append("PyTorch is not installed here: `make bench` installs it into .venv-bench.")
    return Section(
        "Few labels: one replicate, scoring included",
        rows,
        aims,
        notes,
        {
            "seconds": seconds,
            "first_s": first,
            "accuracy": {k: list(v) for k, v in found.items()},
            "operations": operations,
            "operations_per_s": rate,
        },
    )


def _limit(seconds: dict[str, list[float]], operations: float, rate: float) -> str:
    """Say how fast a replicate could be, and what the aims would take."""
    least = operations / rate
    aims = [
        f"{wanted}x {LABELS[name].partition(',')[0]} would take "
        f"{100 * least * wanted / median(seconds[name]):.0f} %"
        for name, wanted in WANTED.items()
        if name in seconds
    ]
    return (
        f"Convolutions and dense layers of a replicate are {operations / 1e9:.1f} billion "
        "operations, which no implementation can leave out, in batches of ten and of a hundred. "
        f"Two threads reach {rate / 1e9:.0f} billion a second in products of large matrices: "
        f"{least:.3f} s a replicate, if nothing else took time. This program reaches "
        f"{100 * least / median(seconds['ours']):.0f} % of that speed; {', '.join(aims)}."
    )


LABELS = {
    "ours": "this program, two workers of one thread",
    "keras": "Keras, new model and fit, two threads",
    "skilled": "Keras, compiled once, ten steps a call, two threads",
    "torch": "PyTorch eager, channels_last, two threads",
}


def _shown(interval) -> str:
    return f"{interval.mean:+.4f} [{interval.low:+.4f}, {interval.high:+.4f}]"
