"""Damaged files for every reader: each is read, or refused with an InputError, in bounded memory.

`python -m faults.fuzz N` reads N files, in a process that may take no more than `MOST_BYTES` beside
what it has imported.
"""

import copy
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import psutil
from ruamel.yaml import YAML

from faults.fuzz_readers import readers
from glyph_transfer.errors import InputError

MOST_BYTES = 3 << 29  # of addresses
MOST_S = 60
STRUCTURED = (".json", ".yaml")
ODD = (
    None, True, -1, 0, 3, 2**70, 0.5, -1e308, float("nan"), float("inf"), "", "a", "1", "none",
    "../x", "\0", "x" * 5000, [], {}, [1, "a"], {"a": {"b": []}}, {"embedded": 1}, ["a"] * 3,
)  # fmt: skip
"""What may stand where something else should."""


def damaged(content, rng):
    """A copy with some of: bits changed, bytes put in, cut out, repeated, and an end cut off."""
    changed = bytearray(content)
    for _ in range(rng.integers(1, 5)):
        at = int(rng.integers(len(changed) + 1))
        # headers and directories, where there is most to go wrong, more often than their size
        at = at if rng.random() < 0.5 else min(at % 200, len(changed))
        at = at if rng.random() < 0.7 else max(0, len(changed) - at % 400)
        n = int(rng.integers(1, 9))
        match rng.integers(6):
            case 0 | 1 | 2 if at < len(changed):
                changed[at] ^= 1 << int(rng.integers(8))
            case 3:
                changed[at : at + n] = rng.bytes(n)
            case 4:
                del changed[at : at + n]
            case _:
                changed[at:at] = changed[at : at + n] if rng.random() < 0.5 else rng.bytes(n)
    return bytes(changed[: int(rng.integers(len(changed) + 1))] if rng.random() < 0.1 else changed)


def odd(text, rng):
    """A text of JSON or YAML with one value of another kind, elsewhere, under another key or gone.

    It is JSON, which YAML's readers take.
    """
    content = YAML(typ="safe").load(text)
    mappings = [each for each in parts(content) if each]
    within = mappings[rng.integers(len(mappings))]
    keys = [*within] if isinstance(within, dict) else [*range(len(within))]
    key = keys[rng.integers(len(keys))]
    match rng.integers(5):
        case 0:
            del within[key]
        case 1 if isinstance(within, dict):
            within[("a", 1, "embedded", "extends", "../x")[rng.integers(5)]] = within.pop(key)
        case 2:
            other = mappings[rng.integers(len(mappings))]
            within[key] = copy.deepcopy(other)
        case _:
            within[key] = ODD[rng.integers(len(ODD))]
    return json.dumps(content).replace("NaN", ".nan").replace("Infinity", ".inf")


def parts(content):
    """Every mapping and list in a content."""
    if isinstance(content, dict | list):
        yield content
        for each in content.values() if isinstance(content, dict) else content:
            yield from parts(each)


def changed(path, content, rng):
    """Damaged bytes; of JSON and YAML as often as not what can be read, but is odd."""
    if path.suffix not in STRUCTURED or rng.random() < 0.5:
        return damaged(content, rng)
    text = odd(content.decode(), rng)
    if path.suffix == ".json":
        text = text.replace(".nan", "NaN").replace(".inf", "Infinity")
    return text.encode()


def stop(*_):
    raise AssertionError(f"not read in {MOST_S} s")


def main(n):
    """Read n damaged files; what is neither read nor refused ends the program with a traceback."""
    signal.signal(signal.SIGALRM, stop)
    rng, told, began = np.random.default_rng(0), Counter(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = readers(Path(folder))
        os.chdir(folder)
        whole = {name: path.read_bytes() for name, (_, path) in found.items()}
        for read, _ in found.values():
            read()
        most = psutil.Process().memory_info().vms + MOST_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for i in range(n):
            name = [*found][i % len(found)]
            read, path = found[name]
            path.write_bytes(changed(path, whole[name], rng))
            told[name, is_read(read)] += 1
            path.write_bytes(whole[name])
        os.chdir("/")
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    each = ", ".join(f"{name} {told[name, False]} + {told[name, True]}" for name in found)
    print(
        f"{n:,} damaged files for {len(found)} readers in {time.monotonic() - began:.0f} s, {more} "
        f"MiB more than before at most: no crash, no hang, no exception but InputError (refused + "
        f"read: {each})"
    )


def is_read(read):
    """Whether a file is read, and not refused."""
    signal.alarm(MOST_S)
    try:
        read()
    except InputError:
        return False
    finally:
        signal.alarm(0)
    return True


if __name__ == "__main__":
    main(int(sys.argv[1]))
