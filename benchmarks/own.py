"""The program itself as a contender. Imports TensorFlow: only for a contender's process."""

import time
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from statistics import mean

import numpy as np

from benchmarks import flops, inputs
from benchmarks.timing import alternate
from glyph_transfer.experiments.variants import epochs_of, trained_layers
from glyph_transfer.learning import loop, models
from glyph_transfer.learning.backend import keras
from glyph_transfer.learning.loop import count_frozen
from glyph_transfer.learning.training import Schedule, Trainer
from glyph_transfer.protocol import Study
from glyph_transfer.seeds import generator

SCHEDULED = {"batch_size", "learning_rate", "optimizer", "augmentation"}


def epoch(
    path: Path, images: np.ndarray, labels: np.ndarray, batch_size: int, n_shards: int
) -> float:
    """Seconds of one epoch of source training."""
    trainer = _loaded(path, n_shards)
    everything = list(models.get_weights(trainer.model))
    how = {"batch_size": batch_size, "learning_rate": 0.001, "optimizer": "adam"}
    how["augmentation"] = inputs.augmentation(path.stem)
    started = time.perf_counter()
    list(_epochs(trainer, images, labels, everything, how, 1))
    return time.perf_counter() - started


def frozen_and_full(name: str, how: dict, n: int, rounds: int) -> dict:
    """Time epochs of a network with and without frozen layers, in turns.

    Args:
        name: of the network.
        how: `learning`, the layers that learn in the frozen variant; `batch_size`;
            `optimizer`; `learning_rate`.
        n: number of images.
        rounds: epochs of each.

    Returns:
        Seconds of every epoch under `frozen` and `full`, of the one-off pass under
        `features`; `bytes` an image of what is kept; `flops` an image of a frozen epoch, of a
        full one, and of the one-off pass.
    """
    trainer = Trainer(models.build(name, 10, 0.9))
    everything = list(models.get_weights(trainer.model))
    images, labels = inputs.noise(n)
    epochs = {
        kind: _epochs(trainer, images, labels, learning, how, rounds + 1)
        for kind, learning in (("frozen", how["learning"]), ("full", everything))
    }
    for kind in epochs:
        next(epochs[kind])  # traces, and computes what is kept
    seconds = {"frozen": [], "full": [], "features": []}
    n_frozen = count_frozen(trainer.model.layers, how["learning"])
    for _ in range(rounds):
        started = time.perf_counter()
        kept = trainer.features.of(images, n_frozen)
        seconds["features"].append(time.perf_counter() - started)
        for kind, runs in epochs.items():
            started = time.perf_counter()
            next(runs)
            seconds[kind].append(time.perf_counter() - started)
    layers = trainer.model.layers
    return seconds | {
        "bytes": int(np.prod(kept.shape[1:])) * 4,
        "flops": {
            "frozen": flops.of_step(layers[n_frozen:], set(how["learning"])),
            "full": flops.of_step(layers, set(everything)),
            "features": flops.of_step(layers[:n_frozen], set()),
        },
    }


def with_optimizers(case: dict, rounds: int) -> dict[str, list[float]]:
    """Time steps of one network with our optimizer and with Keras's, in turns.

    Args:
        case: see `optimizers.CASES`.
        rounds: of each.

    Returns:
        Seconds of processor time a step, for every round, under `ours` and `keras`.
    """
    images, labels = inputs.noise(case["n"])
    epochs = {}
    for kind in ("ours", "keras"):
        network = models.build(case["network"], 10, 0.9)
        learning = [*models.get_weights(network)][case["frozen"] :]
        name = case["optimizer"]
        if kind == "keras":
            variables = [v for x in learning for v in network.get_layer(x).trainable_variables]
            loop.OPTIMIZERS["keras"] = partial(_KerasOptimizer, name, variables)
            name = "keras"
        how = case | {"optimizer": name}
        epochs[kind] = _epochs(
            Trainer(network), images, labels, learning, how, 1 + rounds * case["epochs"]
        )
        next(epochs[kind])  # traces, and computes what is kept
    steps = case["epochs"] * -(-case["n"] // case["batch_size"])

    def timed(kind: str) -> float:
        started = time.process_time()
        for _ in range(case["epochs"]):
            next(epochs[kind])
        return (time.process_time() - started) / steps

    calls = {kind: lambda _, kind=kind: timed(kind) for kind in epochs}
    return alternate(calls, rounds)


class _KerasOptimizer:
    """One of Keras's optimizers, as the traced loop uses ours."""

    def __init__(self, name: str, variables: list, _: list):
        kinds = {
            "adam": keras.optimizers.Adam,
            "adadelta": keras.optimizers.Adadelta,
            "momentum": partial(keras.optimizers.SGD, momentum=0.9),
        }
        self._optimizer = kinds[name](1.0)
        self._optimizer.build(variables)

    def reset(self) -> None:
        """Leave it as it is: it is used for one training alone."""

    def apply(self, gradients: list, learning_rate: object) -> None:
        """Update the variables by one step."""
        self._optimizer.learning_rate.assign(learning_rate)
        self._optimizer.apply(gradients)


def operations(study: Study, n_test: int) -> float:
    """Count what a replicate of a study cannot do without, as the mean of its cells."""
    network = models.build(study.model, 10)
    weights = models.get_weights(network)
    counted = []
    for cell in study.cells:
        n_train, batch_size = cell.n_train, study.training_of(cell).batch_size
        phases = [
            (trained_layers(phase, weights), epochs_of(phase, n_train, batch_size))
            for phase in study.variants[cell.variant].phases
        ]
        counted.append(flops.of_replicate(network.layers, phases, n_train, n_test))
    return mean(counted)


def _epochs(
    trainer: Trainer, images: np.ndarray, labels: np.ndarray, learning: list, how: dict, n: int
) -> Iterator[tuple[float, float]]:
    order = generator(inputs.SEED, "epoch")
    return trainer.train(
        images,
        labels,
        (order.permutation(len(labels)) for _ in range(n)),
        Schedule(learning, **{key: how[key] for key in how.keys() & SCHEDULED}),
    )


@cache
def _loaded(path: Path, n_shards: int) -> Trainer:
    return Trainer(models.load(path), n_shards=n_shards)
