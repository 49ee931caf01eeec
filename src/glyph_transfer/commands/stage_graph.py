"""Which stages may have to run, and in which order."""

from collections.abc import Collection, Mapping
from graphlib import TopologicalSorter

from glyph_transfer.errors import InputError

Graph = Mapping[str, set[str]]
"""Names of stages, and of each those that it rests on."""


def needed_for(graph: Graph, targets: list[str]) -> Graph:
    """Give the part of a graph that targets rest on, with them; all of it where there are none.

    Raises:
        InputError: where a target is no stage.
    """
    if unknown := set(targets) - set(graph):
        raise InputError(f"no stage {', '.join(sorted(unknown))}; there are {', '.join(graph)}")
    needed, todo = set(), list(targets or graph)
    while todo:
        stage = todo.pop()
        needed.add(stage)
        todo += graph[stage] - needed
    return {stage: before for stage, before in graph.items() if stage in needed}


def outdated(graph: Graph, changed: Collection[str]) -> Graph:
    """Give the part of a graph that may have to run: what changed, and what rests on it.

    Args:
        graph: of stages.
        changed: those that are not as DVC knows them; there may be others.
    """
    stale: set[str] = set()
    for stage in TopologicalSorter(graph).static_order():
        if stage in changed or graph[stage] & stale:
            stale.add(stage)
    return {stage: before & stale for stage, before in graph.items() if stage in stale}


def always_first(graph: Graph, always: Collection[str]) -> Graph:
    """Give those of the stages that run every time which rest on no others, in their order."""
    first: dict[str, set[str]] = {}
    for stage in TopologicalSorter(graph).static_order():
        if stage in always and graph[stage] <= set(first):
            first[stage] = graph[stage]
    return first


def chains(graph: Graph) -> dict[str, int]:
    """How many stages long the longest chain is that waits for each stage."""
    chain = dict.fromkeys(graph, 0)
    for stage in reversed(list(TopologicalSorter(graph).static_order())):
        for before in graph[stage]:
            chain[before] = max(chain[before], chain[stage] + 1)
    return chain
