"""Source training: images a second beside Keras's `fit` and eager PyTorch."""

import os
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from benchmarks import inputs
from benchmarks.timing import Section, alternate, at_least, median_ratio, processes
from glyph_transfer.learning import CORES
from glyph_transfer.stages.pretrain import N_SHARDS

ROUNDS = 5
IMAGES = {"tominet": 12_800, "cnn_s1": 2_560, "cnn_s4": 1_536, "glyphnet": 2_560}
"""Images an epoch: some seconds each, and whole batches."""

WANTED = {"keras": 1.3, "torch": 1}


def measure(folder: Path) -> Section:
    """Time epochs in turns, network by network."""
    names = ["ours", "one core", "keras"] + (["torch"] if find_spec("torch") else [])
    rates = {}
    with processes(*names) as pools:
        for network in inputs.NETWORKS:
            rates[network] = _rates(folder, network, pools)
    rows, aims = [], []
    for network, found in rates.items():
        row = {"network": network, "batch": inputs.NETWORKS[network]}
        row |= {f"{name}, images/s": median(each) for name, each in found.items()}
        for peer, wanted in WANTED.items():
            if peer not in found:
                continue
            ratio = median_ratio(found["ours"], found[peer])
            row[f"ours / {peer}"] = ratio
            aims.append(at_least(f"{network} against {peer}", ratio, wanted))
        rows.append(row)
    notes = [
        f"{ROUNDS} rounds, two cores each: ours divides every batch into {N_SHARDS} shards, as "
        "the stages that pretrain do; the peers have two threads. Ours with deterministic "
        "operations, the peers without. `one core` is ours undivided, as studies train their "
        "networks, one on each core. glyphnet's images are changed at random in every epoch, the "
        "peer's by the same function in a tf.data pipeline beside its training.",
    ]
    title = "Source training: images a second"
    return Section(title, rows, aims, notes, {"images_per_s": rates})


def _rates(folder: Path, network: str, pools: dict) -> dict[str, list[float]]:
    if network in inputs.OURS:  # a plain PyTorch user has no such changes of images
        pools = {name: pool for name, pool in pools.items() if name != "torch"}
    n = IMAGES[network]
    images, labels = inputs.noise(n)
    path, batch = folder / f"{network}.keras", inputs.NETWORKS[network]

    def call(name, function, first):
        return lambda _: n / pools[name].submit(function, first, images, labels, batch).result()

    functions = {
        "ours": (_ours, path),
        "one core": (_one_core, path),
        "keras": (_keras, path),
        "torch": (_torch, network),
    }
    calls = {name: call(name, *functions[name]) for name in pools}
    for warm_up in calls.values():
        warm_up(0)
    return alternate(calls, ROUNDS)


def _ours(*arguments) -> float:
    os.environ[CORES] = str(N_SHARDS)
    from benchmarks import own

    return own.epoch(*arguments, N_SHARDS)


def _one_core(*arguments) -> float:
    from benchmarks import own

    return own.epoch(*arguments, 1)


def _keras(*arguments) -> float:
    from benchmarks import keras_peer

    return keras_peer.epoch(*arguments)


def _torch(*arguments) -> float:
    from benchmarks import torch_peer

    return torch_peer.epoch(*arguments)
