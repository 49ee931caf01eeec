"""Which cells scores of sources are held against, and studies that have none such."""

import pytest
from pydantic import ValidationError

from hand_made_results import PHASES, PROBE, SCRATCH, TUNED, make_study

FORECASTS = {
    "forecasts": ["logme"],
    "sampling": "stratified",
    "variants": {
        "scratch": SCRATCH,
        "tuned": TUNED,
        "probe": PROBE | {"sources": ["letters", "fashion"]},
        "tuned_probe": PROBE
        | {"sources": ["letters", "fashion"], "load": ["conv_1"], "phases": PHASES},
    },
}


def test_scores_are_held_against_heads_on_frozen_sources():
    study = make_study(**FORECASTS)
    kept = [str(cell) for cell in study.cells if study.keeps_features(cell)]
    assert kept == ["digits/tominet/letters/probe/10", "digits/tominet/fashion/probe/10"]


def test_without_scores_nothing_is_kept():
    study = make_study(**FORECASTS | {"forecasts": []})
    assert not any(map(study.keeps_features, study.cells))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sampling": "random"}, "two of every class.*'random'"),
        ({"variants": {"scratch": SCRATCH, "tuned": TUNED}}, "nothing to choose"),
        ({"variants": {"probe": PROBE | {"sources": ["letters"]}}}, "nothing to choose"),
        # of two sources, one is the target itself
        ({"variants": {"probe": PROBE | {"sources": ["letters", "digits"]}}}, "nothing to choose"),
        ({"forecasts": ["logme", "log_me"]}, r"forecasts\.1.*logme.*h_score.*leep"),
    ],
)
def test_what_leaves_nothing_to_score_is_refused(change, message):
    with pytest.raises(ValidationError, match=f"(?s){message}"):
        make_study(**FORECASTS | change)
