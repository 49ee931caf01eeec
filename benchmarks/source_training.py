"""Source training: images a second beside Keras's `fit` and eager PyTorch."""

from importlib.util import find_spec
from pathlib import Path
from statistics import median

from benchmarks import inputs
from benchmarks.timing import Section, alternate, at_least, median_ratio, processes

ROUNDS = 5
IMAGES = {"tominet": 12_800, "cnn_s1": 2_560, "cnn_s4": 1_536}
"""Images an epoch: some seconds each, and whole batches."""


def measure(folder: Path) -> Section:
    """Time epochs in turns, network by network."""
    names = ["ours", "keras"] + (["torch"] if find_spec("torch") else [])
    rates = {}
    with processes(*names) as pools:
        for network in inputs.NETWORKS:
            rates[network] = _rates(folder, network, pools)
    rows, aims = [], []
    for network, found in rates.items():
        ours = found.pop("ours")
        row = {
            "network": network,
            "batch": inputs.NETWORKS[network],
            "ours, images/s": median(ours),
        }
        for peer, theirs in found.items():
            ratio = median_ratio(ours, theirs)
            row |= {f"{peer}, images/s": median(theirs), f"ours / {peer}": ratio}
            wanted = 1.3 if peer == "keras" else 1
            aims.append(at_least(f"{network} against {peer}", ratio, wanted))
        rows.append(row)
        found["ours"] = ours
    notes = [
        f"{ROUNDS} rounds; ours on one thread, "
        "the peers on two; ours with deterministic operations, the peers without.",
    ]
    title = "Source training: images a second"
    return Section(title, rows, aims, notes, {"images_per_s": rates})


def _rates(folder: Path, network: str, pools: dict) -> dict[str, list[float]]:
    n = IMAGES[network]
    images, labels = inputs.noise(n)
    path, batch = folder / f"{network}.keras", inputs.NETWORKS[network]

    def call(name, function, first):
        return lambda _: n / pools[name].submit(function, first, images, labels, batch).result()

    functions = {"ours": (_ours, path), "keras": (_keras, path), "torch": (_torch, network)}
    calls = {name: call(name, *functions[name]) for name in pools}
    for warm_up in calls.values():
        warm_up(0)
    return alternate(calls, ROUNDS)


def _ours(*arguments) -> float:
    from benchmarks import own

    return own.epoch(*arguments)


def _keras(*arguments) -> float:
    from benchmarks import keras_peer

    return keras_peer.epoch(*arguments)


def _torch(*arguments) -> float:
    from benchmarks import torch_peer

    return torch_peer.epoch(*arguments)
