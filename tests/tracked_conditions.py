"""Conditions that records are logged under, and what a client finds of them."""

from dataclasses import replace

from glyph_transfer.tracking.records import Conditions

CONDITIONS = Conditions("2026-01-01T00:00:00+00:00", 2.5, "abc", "a cpu", {"numpy": "2.4"})

TIMED = replace(
    CONDITIONS,
    replicate_seconds={"digits/none": [2.0, 3.0]},
    training_seconds={"digits/none": [1.0, 1.5], "digits/letters": [0.5]},
)


def active_runs(client):
    experiments = [e.experiment_id for e in client.search_experiments()]
    return client.search_runs(experiments, order_by=["attributes.run_name"])


def names(runs):
    return [run.info.run_name for run in runs]
