"""The contender in plain PyTorch: eager, channels_last, two threads, Keras's settings."""

import time
from functools import cache
from pathlib import Path

import h5py
import numpy as np
import torch
from torch import nn

torch.set_num_threads(2)


def normalised(channels: int) -> nn.BatchNorm2d:
    """Batch normalisation as in Keras with the momentum 0.9."""
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.1)


def tominet() -> nn.Sequential:
    """S2's network."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), normalised(32),
        nn.Conv2d(32, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), normalised(16),
        nn.Flatten(), nn.Linear(784, 10),
    )  # fmt: skip


def cnn_s1() -> nn.Sequential:
    """S1's network."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Dropout(0.25), nn.Flatten(),
        nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10),
    )  # fmt: skip


def cnn_s4() -> nn.Sequential:
    """S4's source network."""
    blocks = []
    for into, channels in ((1, 32), (32, 64)):
        blocks += [
            nn.Conv2d(into, channels, 3, padding=1), nn.ReLU(), normalised(channels),
            nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(), normalised(channels),
            nn.MaxPool2d(2), nn.Dropout(0.25),
        ]  # fmt: skip
    dense_norm = nn.BatchNorm1d(512, eps=1e-3, momentum=0.1)
    return nn.Sequential(
        *blocks, nn.Flatten(),
        nn.Linear(3136, 512), nn.ReLU(), dense_norm, nn.Dropout(0.5), nn.Linear(512, 10),
    )  # fmt: skip


NETWORKS = {"tominet": tominet, "cnn_s1": cnn_s1, "cnn_s4": cnn_s4}


def build(name: str) -> nn.Sequential:
    """Build a network with Keras's initial weights, so that accuracies can be compared."""
    model = NETWORKS[name]()
    for layer in model:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return model.to(memory_format=torch.channels_last)


@cache
def data(path: Path) -> dict[str, torch.Tensor]:
    """Read a set once, as floats from 0 to 1."""
    with np.load(path) as arrays:
        return {
            "x_train": _images(arrays["train_images"]),
            "y_train": torch.tensor(arrays["train_labels"], dtype=torch.long),
            "x_test": _images(arrays["test_images"]),
            "y_test": torch.tensor(arrays["test_labels"], dtype=torch.long),
        }


def replicates(target: Path, features: dict, draws: list) -> tuple[float, list[float]]:
    """Train from scratch and from the source on every draw: seconds, and all accuracies."""
    digits = data(target)
    started = time.perf_counter()
    accuracies = [from_scratch(digits, index) for index in draws]
    accuracies += [head_then_finetune(digits, index, features) for index in draws]
    return time.perf_counter() - started, accuracies


def from_scratch(digits: dict, index: np.ndarray) -> float:
    """50 epochs of everything."""
    model = build("tominet").train()
    _fit(model, model.parameters(), digits, index, 50, 0.001)
    return _accuracy(model, digits)


def head_then_finetune(digits: dict, index: np.ndarray, features: dict) -> float:
    """35 epochs of the new head, then 15 of everything at a tenth of the rate."""
    model = build("tominet")
    model.load_state_dict(features, strict=False)
    model.eval()
    model[:-1].requires_grad_(False)
    _fit(model, model[-1].parameters(), digits, index, 35, 0.001)
    model.train().requires_grad_(True)
    _fit(model, model.parameters(), digits, index, 15, 0.0001)
    return _accuracy(model, digits)


def epoch(name: str, images: np.ndarray, labels: np.ndarray, batch_size: int) -> float:
    """Seconds of one epoch of source training from uint8 images."""
    model, optimizer = _training(name)
    started = time.perf_counter()
    y = torch.from_numpy(labels).long()
    order = torch.randperm(len(y))
    for start in range(0, len(y), batch_size):
        batch = order[start : start + batch_size]
        _step(model, optimizer, _images(images[batch.numpy()]), y[batch])
    return time.perf_counter() - started


def read_features(path: Path) -> dict[str, torch.Tensor]:
    """Read the convolutions and normalisations of a .keras file of TomiNet."""
    import io
    import zipfile

    state = {}
    with zipfile.ZipFile(path) as archive:
        file = h5py.File(io.BytesIO(archive.read("model.weights.h5")))
    for number, suffix in ((0, ""), (4, "_1")):
        kernel, bias = (file[f"layers/conv2d{suffix}/vars/{i}"][()] for i in range(2))
        state[f"{number}.weight"] = torch.tensor(kernel.transpose(3, 2, 0, 1))
        state[f"{number}.bias"] = torch.tensor(bias)
        names = ("weight", "bias", "running_mean", "running_var")
        for i, name in enumerate(names):
            array = file[f"layers/batch_normalization{suffix}/vars/{i}"][()]
            state[f"{number + 3}.{name}"] = torch.tensor(array)
    return state


@cache
def _training(name: str) -> tuple[nn.Sequential, torch.optim.Optimizer]:
    model = build(name).train()
    return model, torch.optim.Adam(model.parameters(), eps=1e-7)


def _fit(model, parameters, digits: dict, index: np.ndarray, epochs: int, rate: float) -> None:
    optimizer = torch.optim.Adam(parameters, rate, eps=1e-7)
    x, y = digits["x_train"][index], digits["y_train"][index]
    for _ in range(epochs):
        for batch in torch.randperm(len(y)).split(10):
            _step(model, optimizer, x[batch], y[batch])


def _step(model, optimizer, x: torch.Tensor, y: torch.Tensor) -> None:
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()


@torch.inference_mode()
def _accuracy(model: nn.Sequential, digits: dict) -> float:
    model.eval()
    predicted = [model(x).argmax(1) for x in digits["x_test"].split(500)]
    return float((torch.cat(predicted) == digits["y_test"]).float().mean())


def _images(images: np.ndarray) -> torch.Tensor:
    scaled = torch.from_numpy(images).float().div_(255)[:, None]
    return scaled.to(memory_format=torch.channels_last)
