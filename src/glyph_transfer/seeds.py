"""Independent random streams from one seed, named by what they are for."""

import hashlib

import numpy as np


def generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """Give the random stream of `purpose`: equal names give equal streams, on any machine.

    >>> generator(1, "draw", "digits", 7)  # doctest: +ELLIPSIS
    Generator(PCG64) at ...
    """
    name = "/".join(map(str, (seed, *purpose)))
    entropy = int.from_bytes(hashlib.sha256(name.encode()).digest())
    return np.random.Generator(np.random.PCG64(entropy))
