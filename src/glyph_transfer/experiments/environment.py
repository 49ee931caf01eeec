"""What decides the last bits of a result besides code, images and parameters.

Libraries' versions, and the instruction set that oneDNN computes with: another one rounds
differently. `dvc.yaml` has a stage that writes them to a file on which trainings and evaluations
depend, and a replicate's fingerprint has them too, so that nothing made by one is taken for the
other's. What else the environment could change (oneDNN off, threads, the backend of Keras, its
types and data format) `learning` sets by itself, whatever the shell or the home folder say.
"""

import os
import platform
from importlib.metadata import version
from pathlib import Path

TRAINING = ("tensorflow", "keras", "numpy")
EVALUATION = ("numpy", "scipy", "pandas")
"""Packages whose versions decide what a training or an evaluation gives."""

INSTRUCTION_SETS = {
    "AVX512_CORE": {"avx512f", "avx512bw", "avx512dq", "avx512vl"},
    "AVX2": {"avx2", "fma"},
    "SSE41": {"sse4_1"},
}
"""oneDNN's names, the best first, and the processor's flags that each takes. Others that it
knows differ from these in types that no network here has, or in none of their results."""


def environment() -> dict[str, dict[str, str]]:
    """Give what decides the results of `training` and of `evaluation`, name -> value."""
    return {"training": training(), "evaluation": _versions(EVALUATION)}


def training() -> dict[str, str]:
    """Give versions and the instruction set."""
    return _versions(TRAINING) | {"instruction_set": instruction_set()}


def instruction_set() -> str:
    """Name what oneDNN computes with: the processor's best, or less where a variable says so."""
    allowed = os.environ.get("ONEDNN_MAX_CPU_ISA") or os.environ.get("DNNL_MAX_CPU_ISA") or ""
    names = [*INSTRUCTION_SETS]
    if allowed.upper() in names:
        names = names[names.index(allowed.upper()) :]
    flags = _flags()
    return next((name for name in names if INSTRUCTION_SETS[name] <= flags), platform.machine())


def _flags() -> set[str]:
    """Flags of this processor; none where the system does not list them."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return next(({*line.split()} for line in lines if line.startswith("flags")), set())


def _versions(packages: tuple[str, ...]) -> dict[str, str]:
    return {package: version(package) for package in packages}
