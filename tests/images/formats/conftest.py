"""Letters to be written and read."""

import numpy as np
import pytest

from raw_files import glyphs


@pytest.fixture
def splits():
    """Letters A..Z, twice in train and once in test, with labels from 0."""
    a_to_z = np.arange(26, dtype=np.uint8)
    return {"train": (glyphs(52), np.tile(a_to_z, 2)), "test": (glyphs(26, 1), a_to_z[::-1].copy())}
