"""A saved network: pictures in, classes with their probabilities out."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from glyph_transfer.errors import InputError
from glyph_transfer.experiments.frozen import SEED_OF_COPIES, Frozen
from glyph_transfer.files import reading
from glyph_transfer.images.pictures.decoding import BrokenPictureError, decode
from glyph_transfer.images.pictures.preparation import Steps, prepare
from glyph_transfer.images.sets import SIZE
from glyph_transfer.learning import augmentation, models
from glyph_transfer.learning.backend import tf
from glyph_transfer.learning.training import Trainer
from glyph_transfer.own import saved
from glyph_transfer.protocol.augmentation import Augmentation


@dataclass(frozen=True)
class Answer:
    """What a picture is taken for.

    Attributes:
        name: the likeliest class, and its probability.
        runner_up: the second likeliest, and its probability.
    """

    name: str
    probability: float
    runner_up: str
    of_runner_up: float


class Network:
    """A network for one's own images.

    Args:
        folder: that `saved.save` wrote.

    Attributes:
        card: of it.
        layers: the Keras network.
        head: on its features; None where its last layer gives the classes.
        steps: of the preparation.

    Raises:
        InputError: it is damaged or another.
    """

    def __init__(self, folder: Path):
        self.card = saved.read_card(folder)
        self.layers = models.load(folder / saved.NETWORK)
        self.head = saved.load_head(folder / saved.HEAD) if self.card.features else None
        with reading(folder / saved.CARD, "the card of this network", "Run advise anew."):
            self.steps = Steps(**self.card.steps)
            blank = np.zeros((1, SIZE, SIZE), np.uint8)
            if (n := self.probabilities(blank).shape[1]) != len(self.card.classes):
                raise ValueError(f"it has {len(self.card.classes)} classes, the network {n}")

    def prepare(self, picture: np.ndarray | bytes) -> np.ndarray:
        """Prepare a picture: uint8 (28, 28) from the bytes of a file, or from its pixels.

        Raises:
            InputError: in words why it cannot be: another form, fractions, no ink.
        """
        if isinstance(picture, bytes | bytearray):
            try:
                picture = decode(bytes(picture))
            except BrokenPictureError as error:
                raise InputError(f"found {error}") from error
        prepared = prepare(picture, self.steps)
        if not prepared.usable:
            raise InputError(
                "found no ink: all of the picture is about equally bright; expected a character "
                "on paper"
            )
        return prepared.image

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """Give float32 (n, n_classes) of prepared images, uint8 (n, 28, 28).

        An answer hangs on its image alone, not on those beside it.
        """
        given = [self._of(images)]
        given += [self._of(copy.numpy()) for copy in self.copies(tf.constant(images))]
        return np.mean(given, axis=0, dtype=np.float32)

    def copies(self, images: tf.Tensor) -> list[tf.Tensor]:
        """Give the changed copies of images, uint8 (n, 28, 28), over which answers are averaged."""
        changed = (augmentation.change(images, *how) for how in self._changes)
        return [tf.cast(tf.round(each), tf.uint8) for each in changed]

    def answers(self, images: np.ndarray) -> list[Answer]:
        """Give the likeliest class of each prepared image, and the runner-up."""
        given = self.probabilities(images)
        top = np.argsort(-given, axis=1, kind="stable")[:, :2]
        shares = np.take_along_axis(given, top, axis=1)
        names = self.card.classes
        return [
            Answer(names[first], float(p), names[second], float(q))
            for (first, second), (p, q) in zip(top.tolist(), shares.tolist(), strict=True)
        ]

    def answers_of(self, prepared: list[np.ndarray]) -> list[Answer]:
        """Give what `answers` gives of images one by one."""
        return self.answers(np.stack(prepared)) if prepared else []

    def _of(self, images: np.ndarray) -> np.ndarray:
        if not len(images):
            return np.zeros((0, len(self.card.classes)), np.float32)
        if self.head is None:
            return self._trainer.predict(images)
        return self.head.predict(self._frozen.of(images, self.card.features))

    @cached_property
    def _changes(self) -> list[tuple[tf.Tensor, tf.Tensor | None]]:
        """Of one image, so that all are changed alike."""
        if not self.card.test_copies:
            return []
        how = Augmentation(**self.card.augmentation)
        seeds = (tf.constant((SEED_OF_COPIES, i)) for i in range(self.card.test_copies))
        return [augmentation.draw(1, how, seed) for seed in seeds]

    @cached_property
    def _trainer(self) -> Trainer:
        return Trainer(self.layers)

    @cached_property
    def _frozen(self) -> Frozen:
        return Frozen(self.layers)
