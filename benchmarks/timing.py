"""Contenders in processes of their own, timed in turns; results as a table."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import TypeVar

T = TypeVar("T")
Row = dict[str, str | float | int]


@dataclass(frozen=True)
class Aim:
    """What was aimed at, and whether it was reached."""

    what: str
    wanted: str
    measured: str
    reached: bool


@dataclass(frozen=True)
class Section:
    """The answer to one question.

    Attributes:
        title: the question.
        rows: of the table; all have the keys of the first.
        aims: that were set beforehand.
        notes: what a reader has to know to judge the figures.
        raw: what the figures were made from.
    """

    title: str
    rows: list[Row]
    aims: list[Aim]
    notes: list[str]
    raw: dict = field(default_factory=dict)

    def to_json(self) -> dict:
        """Everything, for JSON."""
        return asdict(self)

    def to_markdown(self) -> str:
        """Everything but the raw measurements, to be read."""
        parts = [f"## {self.title}", _table(self.rows), "\n".join(f"- {n}" for n in self.notes)]
        if self.aims:
            aims = [asdict(aim) | {"reached": _yes_no(aim.reached)} for aim in self.aims]
            renamed = [{"aim": a.pop("what"), **a} for a in aims]
            parts.insert(2, _table(renamed))
        return "\n\n".join(parts) + "\n"


def at_least(what: str, measured: float, wanted: float, unit: str = "x") -> Aim:
    """Give the aim that `measured` is `wanted` or more."""
    return Aim(what, f">= {wanted:g}{unit}", f"{measured:.3g}{unit}", measured >= wanted)


def at_most(what: str, measured: float, wanted: float, unit: str) -> Aim:
    """Give the aim that `measured` is `wanted` or less."""
    return Aim(what, f"<= {wanted:g}{unit}", f"{measured:.3g}{unit}", measured <= wanted)


@contextmanager
def processes(*names: str) -> Iterator[dict[str, ProcessPoolExecutor]]:
    """Give one fresh process to each contender: libraries share neither threads nor memory.

    The processes end with the block, whatever ends it.
    """
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        pools = {}
        for name in names:
            pools[name] = stack.enter_context(ProcessPoolExecutor(1, context, _hush))
        yield pools


def alternate(calls: dict[str, Callable[[int], T]], rounds: int) -> dict[str, list[T]]:
    """Call every contender once a round with the round's number, each round from another first."""
    names = list(calls)
    results = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            results[name].append(calls[name](number))
    return results


def median_ratio(numerators: list[float], denominators: list[float]) -> float:
    """Median over rounds of one contender's figure over another's in the same round."""
    return median(a / b for a, b in zip(numerators, denominators, strict=True))


def _hush() -> None:
    """Drop what native code says on starting; exceptions reach the caller all the same."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _yes_no(value: bool) -> str:
    return "yes" if value else "**no**"


def _table(rows: list[Row]) -> str:
    lines = [list(rows[0]), ["---"] * len(rows[0])]
    lines += [[_cell(value) for value in row.values()] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: str | float) -> str:
    return f"{value:,.4g}" if isinstance(value, float) else str(value)
