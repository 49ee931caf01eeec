"""The answers in a few sentences: what each has to hold, whatever the studies show."""

from dataclasses import replace

import pytest

from glyph_transfer.analysis.verdicts import MOST_DRAWS, ClaimVerdict, DifferenceVerdict
from glyph_transfer.protocol import Variant
from glyph_transfer.protocol.params import Params
from glyph_transfer.report import reading, screen
from glyph_transfer.report.screen import counted_layers, frozen_layers
from tracked_runs import (
    LETTERS,
    SCRATCH,
    STUDY,
    cell_row,
    claim_row,
    difference_row,
    label_worth_row,
    runs,
    settings,
)

FASHION = LETTERS._replace(source="fashion")
MINUS = "\N{MINUS SIGN}"


@pytest.fixture(scope="module")
def study():
    """Letters gain on scratch, and fashion loses."""
    made = reading.gather("embedded", settings(), runs()).studies[STUDY]
    return replace(
        made,
        cells=[*made.cells, cell_row(FASHION, 0.5, draws=10)],
        differences=[*made.differences, difference_row(FASHION, -0.1, -0.2, -0.05, draws=10)],
        training_seconds=made.training_seconds | {FASHION: []},
    )


def sentences(part, study, chosen=None):
    """What is said of a study that answers a part, by what it is about."""
    chosen = chosen or settings(STUDY, **{STUDY: part})
    return dict(screen.sentences(chosen, {STUDY: study}))


def with_difference(study, mean, low, high, **more):
    row = difference_row(LETTERS, mean, low, high, **more)
    return replace(study, differences=[row])


def test_the_best_source_has_accuracies_gain_intervals_and_draws(study):
    said = sentences("source", study)
    for part in ("Start from letters", "100 labelled digits", "85.0 % [80.0, 90.0]",
                 "60.0 % [55.0, 65.0]", "+25.0 [+15.0, +35.0] points", "3 draws"):  # fmt: skip
        assert part in said["source"]
    for part in ("fashion", f"{MINUS}10.0 [{MINUS}20.0, {MINUS}5.0] points", "worse", "10 draws"):
        assert part in said["others"]


@pytest.mark.parametrize(
    ("mean", "low", "high"),
    [(0.001, -0.005, 0.005), (0.02, -0.1, 0.2), (-0.1, -0.2, -0.05), (0.1, None, None)],
)
def test_no_start_is_advised_that_is_not_better(study, mean, low, high):
    """Not where it is equal, open, worse, or of one draw."""
    row = with_difference(study, mean, low, high)
    said = sentences("source", row)
    assert "Start from letters" not in said["source"]
    assert "others" not in said
    assert "None" not in said["source"]
    if low is not None:
        assert str(row.differences[0].verdict) in said["source"]


def test_too_few_draws_come_with_how_many_would_do(study):
    row = with_difference(study, 0.02, -0.1, 0.2, draws_needed=41)
    assert "41" in sentences("source", row)["source"]
    never = with_difference(study, 0.02, -0.1, 0.2, draws_needed=MOST_DRAWS + 1)
    assert "even 1,000" in sentences("source", never)["source"]


def deep():
    """The parameters with a variant that freezes a convolution, and one that freezes more."""
    content = settings(STUDY, **{STUDY: "depth"}).model_dump()
    variants = content["studies"][STUDY]["variants"]
    phases = [{"train": ["dense"], "epochs": 2, "learning_rate": 0.001}]
    variants["frozen"]["phases"] = phases
    variants["deeper"] = variants["frozen"] | {"load": ["conv_1", "bn_1", "conv_2", "dense_1"]}
    return Params.model_validate(content)


def test_what_to_freeze_is_said_from_the_shallowest_on(study):
    deeper = LETTERS._replace(variant="deeper")
    both = replace(
        study,
        cells=[*study.cells, cell_row(deeper, 0.9)],
        differences=[
            difference_row(deeper, 0.3, 0.2, 0.4),
            difference_row(LETTERS, 0.001, -0.002, 0.003),
        ],
    )
    said = sentences("depth", both, deep())["freeze"]
    shallow, more = said.split(";")
    for part in ("Digits from letters", "1 convolution frozen", "+0.1", "practically equal"):
        assert part in shallow
    for part in ("1 convolution and 1 dense layer too", "+30.0 [+20.0, +40.0]", "better"):
        assert part in more
    assert "3 draws" in said


@pytest.mark.parametrize(
    ("load", "train", "frozen"),
    [
        (["conv_1", "bn_1", "dense_1"], ["dense_1", "dense"], ["conv_1", "bn_1"]),
        (["conv_1"], "all", []),
        ([], ["dense"], []),
        (["conv_1", "dense"], "head", ["conv_1"]),
        ("backbone", "head", ["the rest of the backbone"]),
        ("backbone", "all", []),
    ],
)
def test_frozen_is_what_is_loaded_and_never_learns(load, train, frozen):
    head = {"train": ["dense"], "epochs": 1, "learning_rate": 0.1}
    phases = [head, head | {"train": train}]
    variant = Variant.model_validate({"sources": ["letters"], "load": load, "phases": phases})
    assert frozen_layers(variant) == frozen


HEAD_LEARNS = {
    "load": "backbone",
    "phases": [{"train": "head", "epochs": 1, "learning_rate": 0.1}],
}
HEAD_IS_FITTED = {
    "head": "cosine", "features": ["dense"], "strengths": [1.0], "choose": "average",
}  # fmt: skip


@pytest.mark.parametrize("content", [HEAD_LEARNS, HEAD_IS_FITTED])
def test_a_backbone_of_which_nothing_learns_is_frozen_as_a_whole(content):
    """Not as many layers as its name has letters."""
    frozen = frozen_layers(Variant.model_validate({"sources": ["letters"]} | content))
    assert counted_layers(frozen) == "the whole backbone"


def test_layers_are_counted_by_kind():
    assert counted_layers(["conv_1", "bn_1", "conv_2", "dense_1"]) == (
        "2 convolutions and 1 dense layer"
    )
    assert counted_layers(["block_1"]) == "1 other layer"
    assert counted_layers([])


def test_worth_in_labels_and_in_time(study):
    worth = replace(study, label_worth=[label_worth_row()])
    said = sentences("labels", worth)["labels"]
    for part in ("100 labels", "letters", "90 [80, > 100]", "3 draws"):
        assert part in said
    said = sentences("time", study, deep_time())["time"]
    for part in ("1 convolution", "4.0 times", "2.0", "8.0", "3 draws"):
        assert part in said


def deep_time():
    content = deep().model_dump()
    content["studies"][STUDY]["answers"] = "time"
    return Params.model_validate(content)


def test_without_times_nothing_is_said_of_them(study):
    untimed = replace(study, training_seconds={cell: [] for cell in study.training_seconds})
    assert "time" not in sentences("time", untimed)


def averaged(study, effect, gain, **more):
    """A study that answers `averages`, beside the first: letters gain 20 points as trained."""
    twin, anew = SCRATCH._replace(variant="scratch_anew"), LETTERS._replace(variant="anew")
    tracked = {
        "variants.scratch_anew.phases": study.params["variants.scratch.phases"],
        "variants.scratch_anew.reestimate_batch_norm": "True",
        "variants.anew.phases": study.params["variants.frozen.phases"],
        "variants.anew.reestimate_batch_norm": "True",
    }
    return replace(
        study,
        name="default",
        params=study.params | tracked | {"batch_norm_momentum": "0.99"},
        cells=[*study.cells, cell_row(twin, 0.7), cell_row(anew, 0.8)],
        differences=[
            difference_row(LETTERS, 0.2, 0.1, 0.3),
            difference_row(twin, *effect, draws=7, **more),
            difference_row(anew, *gain, baseline=twin),
        ],
    )


def test_what_of_a_gain_is_batch_norms_averages(study):
    chosen = settings(STUDY, "default", **{STUDY: "source", "default": "averages"})
    effect = (0.15, 0.12, 0.18)
    default = averaged(study, effect, (0.05, 0.04, 0.06))
    said = dict(screen.sentences(chosen, {STUDY: study, "default": default}))["averages"]
    for part in ("0.99", "+15.0 [+12.0, +18.0]", "+5.0 [+4.0, +6.0]", "+20.0", "7 draws"):
        assert part in said
    open_ = averaged(study, (0.15, -0.12, 0.4), (0.05, 0.04, 0.06))
    other = dict(screen.sentences(chosen, {STUDY: study, "default": open_}))["averages"]
    assert other.split(":")[0] != said.split(":")[0], "it lags behind only where that is shown"
    unjudged = averaged(study, effect, effect, verdict=DifferenceVerdict.NOT_JUDGED)
    assert "averages" not in dict(screen.sentences(chosen, {STUDY: study, "default": unjudged}))


def test_claims_are_counted_with_the_draws_that_would_decide_them(study):
    open_ = claim_row(verdict=ClaimVerdict.TOO_FEW_DRAWS)
    claims = [
        claim_row(),
        claim_row(verdict=ClaimVerdict.REFUTED),
        replace(open_, draws_needed=12),
        replace(open_, draws_needed=340),
        replace(open_, draws_needed=MOST_DRAWS + 1),
        claim_row(score="time", verdict=ClaimVerdict.NOT_TRACKED),
    ]
    said = sentences(None, replace(study, claims=claims))["claims"]
    for part in ("6 claims", "1 are confirmed", "1 refuted", "4 undecided", "12 to 340 draws",
                 "decide 2", "1 would take more than 1,000", "1 of times"):  # fmt: skip
        assert part in said


def test_what_has_not_learned_is_left_out_and_said(study):
    cells = [replace(row, learned=row.cell != LETTERS) for row in study.cells]
    said = sentences("source", replace(study, cells=cells))
    assert "letters" not in said["source"]
    assert "1 of 3" in said["not used"]
    assert "not used" not in sentences("source", study)


def test_what_has_not_run_is_said(study):
    said = sentences("source", study)["not known"]
    assert "freeze" in said
    assert "start from" not in said
    nothing = sentences("source", None)
    assert [*nothing] == ["not known"]
    assert "start from" in nothing["not known"]


@pytest.mark.parametrize("part", ["source", "depth", "labels", "time", "averages"])
def test_a_study_without_baselines_and_claims_answers_nothing(study, part):
    bare = replace(study, differences=[], claims=[], label_worth=[], confusion=[])
    assert {*sentences(part, bare)} <= {"not known"}


def test_subsets_are_said_as_one_says_them(study):
    content = settings(STUDY, **{STUDY: "source"}).model_dump()
    content["subsets"] = {
        "low": {"role": "digits", "classes": ["0", "1", "2"]},
        "odd": {"role": "digits", "classes": ["1", "3", "5"]},
    }
    content["studies"][STUDY]["targets"] = ["low"]
    chosen = Params.model_validate(content)
    for target, words in (("low", "digits 0-2"), ("odd", "digits 1, 3 and 5")):
        cells = {
            row.cell: replace(row, cell=row.cell._replace(target=target)) for row in study.cells
        }
        rows = [
            replace(row, cell=cells[row.cell].cell, baseline=cells[row.baseline].cell)
            for row in study.differences
        ]
        subset = replace(study, cells=[*cells.values()], differences=rows)
        assert f"100 labelled {words} " in sentences("source", subset, chosen)["source"]
