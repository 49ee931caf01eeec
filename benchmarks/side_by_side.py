"""Several replicates in one traced call: does it pay?"""

from pathlib import Path
from statistics import median

from benchmarks.timing import Section, at_least, median_ratio, processes

ROUNDS = 7
FORMS = [("grouped", 1), ("grouped", 2), ("grouped", 4), ("grouped", 8), ("patches", 4)]
"""Forms of `benchmarks.replicates`, and how many replicates learn at once."""
ALONE = FORMS[0]
WORTH_IT = 1.3


def measure(_: Path) -> Section:
    """Time a step of one replicate, and of several at once, in turns."""
    with processes("ours") as pools:
        seconds = pools["ours"].submit(_measured).result()
    alone = seconds[ALONE]
    rows = [
        {
            "form": form,
            "replicates": count,
            "ms a step of each": 1000 * median(seconds[form, count]),
            "times as fast as alone": median_ratio(alone, seconds[form, count]),
        }
        for form, count in FORMS
    ]
    best = max(row["times as fast as alone"] for row in rows)
    return Section(
        "Replicates side by side in one traced call: a prototype",
        rows,
        [at_least("the best of them, to be built", best, WORTH_IT)],
        [
            "TomiNet from scratch, batches of ten, Adam, one thread; a step is forward, backward "
            "and update. Convolutions of several replicates are groups of one convolution, or "
            "products of their kernels with patches.",
            "Where the aim is not reached, it is not worth a second path through the trainer.",
        ],
        {f"{form} {count}": values for (form, count), values in seconds.items()},
    )


def _measured() -> dict[tuple[str, int], list[float]]:
    from benchmarks import replicates

    return replicates.seconds_of_steps(FORMS, ROUNDS)
