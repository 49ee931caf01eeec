"""Networks to train, score and save: the tiny one and each of the published ones."""

import pytest

from glyph_transfer.learning import models
from glyph_transfer.learning.features import Features
from glyph_transfer.learning.training import Trainer


@pytest.fixture(scope="module")
def trainer(build_tiny):
    """One network and its traces for all tests; `start` gives it its weights."""
    return Trainer(build_tiny())


@pytest.fixture
def start(trainer, scramble):
    """Set the trainer's network to weights whose every array is told from a fresh one's."""
    scramble(trainer.model, 11)
    return models.get_weights(trainer.model)


@pytest.fixture
def count_features(monkeypatch):
    """Numbers of layers whose features were computed, in their order."""
    calls, original = [], Features.of

    def counting(self, images, n):
        calls.append(n)
        return original(self, images, n)

    monkeypatch.setattr(Features, "of", counting)
    return calls


@pytest.fixture
def keeper(build_tiny, scramble):
    """A trainer that has scored nothing yet."""
    trainer = Trainer(build_tiny())
    scramble(trainer.model, 11)
    return trainer


@pytest.fixture(scope="module", params=models.by_name())
def network(request, scramble):
    """Each network with three classes and scrambled weights."""
    model = models.build(request.param, 3, 0.9)
    scramble(model, 0)
    return model
