"""What is logged of a study's trainings: every choice by itself, new ones too."""

import pytest
from pydantic import create_model

from glyph_transfer.experiments import description
from glyph_transfer.experiments.description import describe_protocol
from glyph_transfer.experiments.inputs import Files
from glyph_transfer.experiments.plan import plan as make_plan
from glyph_transfer.files import write_json
from glyph_transfer.layout import set_facts_file
from glyph_transfer.protocol import Ensemble, Phase, Study, Training, Variant
from glyph_transfer.protocol.candidates import Candidate
from glyph_transfer.protocol.params import Params
from toy_study import ENSEMBLE, FROZEN, SCRATCH, SEED, TRAINING, make_study

PARTS = (Study, Variant, Phase, Training, Ensemble)


def extended(part):
    """Maker of studies whose parts of a kind have a field more, `swing`, from its value."""

    def with_field(kind):
        if kind is part:
            return create_model(f"Longer{kind.__name__}", __base__=kind, swing=(float | None, None))
        return kind

    phase = with_field(Phase)
    variant = create_model("V", __base__=with_field(Variant), phases=(list[phase], ...))
    study = create_model(
        "S",
        __base__=with_field(Study),
        training=(with_field(Training), ...),
        variants=(dict[str, variant], ...),
        ensembles=(dict[str, with_field(Ensemble)], {}),
    )

    def make(swing):
        own = {} if swing is None else {"swing": swing}

        def put(kind, section):
            return section.model_dump() | (own if kind is part else {})

        written = make_study(**ENSEMBLE, sampling="random")
        content = put(Study, written) | {"training": put(Training, TRAINING)}
        content["variants"] = {
            name: put(Variant, each) | {"phases": [put(Phase, p) for p in each.phases]}
            for name, each in written.variants.items()
        }
        content["ensembles"] = {n: put(Ensemble, e) for n, e in written.ensembles.items()}
        return study.model_validate(content)

    return make


@pytest.mark.parametrize("part", PARTS)
def test_a_new_field_is_logged_where_it_is_not_the_default(part):
    """Nobody has to remember a list."""
    make = extended(part)
    said = describe_protocol(make(0.25))
    assert [value for value in said.values() if "0.25" in str(value)]
    assert [name for name, value in said.items() if "swing" in f"{name} {value}"]
    assert "swing" not in str(describe_protocol(make(None)))
    assert describe_protocol(make(None)) == describe_protocol(make_study(**ENSEMBLE))


@pytest.mark.parametrize("part", PARTS)
def test_a_new_field_is_in_the_fingerprint(part, inputs, tmp_path):
    """Of the replicates that it is of: an ensemble's, of the ensemble and of no other."""
    make = extended(part)
    before, after = (planned(make(swing), inputs, tmp_path) for swing in (0.25, 0.5))
    changed = {
        job.cell.model for job, other in zip(before, after, strict=True)
        if job.fingerprint != other.fingerprint
    }  # fmt: skip
    everything = {job.cell.model for job in before}
    assert changed == ({"ensemble"} if part is Ensemble else everything)


def planned(study, inputs, parts):
    files = Files(inputs.targets, inputs.sources, parts)
    return make_plan(study, SEED, files)


def test_what_is_not_the_default_is_logged_of_a_variant():
    """A momentum of 0 is one; what is the study's, or as always, is not told again."""
    own = {"batch_size": 7, "batch_norm_momentum": 0.0, "reestimate_batch_norm": True}
    frozen = FROZEN.model_copy(update=own | {"baseline": "scratch"})
    said = describe_protocol(make_study(variants={"scratch": SCRATCH, "frozen": frozen}))
    of = {name.split(".", 2)[2]: v for name, v in said.items() if name.startswith("variants.f")}
    assert of == {
        "sources": "letters, fashion",
        "baseline": "scratch",
        "load": "conv_1, bn_1, conv_2, bn_2",
        "phases": "2 epochs of dense at 0.01",
        **own,
    }
    of = {name.split(".", 2)[2] for name in said if name.startswith("variants.scratch")}
    assert of == {"sources", "load", "phases"}
    assert (said["batch_size"], said["batch_norm_momentum"]) == (4, 0.9)


def test_an_ensemble_is_logged_with_its_members():
    said = describe_protocol(make_study(**ENSEMBLE))
    assert said["ensembles.both.members"] == "cnn_s1"
    assert said["ensembles.both.best_of"] == "cnn_s5b, tominet"
    assert said["variants.scratch.models"] == "tominet: digits; cnn_s5b: digits; cnn_s1: digits"


def test_a_phase_is_a_sentence_of_all_that_it_is():
    phase = Phase(train=["dense", "conv_2"], epochs=3, learning_rate=1e-5, most_steps=20_000)
    assert description.describe_phase(phase) == (
        "3 epochs of dense, conv_2 at 1e-05, at most 20,000 steps"
    )
    assert description.describe_phase(SCRATCH.phases[0]) == "2 epochs of all layers at 0.01"
    cycle = SCRATCH.phases[0].model_copy(update={"one_cycle": True})
    said = "2 epochs of all layers at 0.01, in one cycle of the rate"
    assert description.describe_phase(cycle) == said
    assert {*description.SENTENCE} == {*Phase.model_fields}, "others would follow by name"


def test_a_searched_variant_is_logged_with_what_was_found():
    searched = {"own": SCRATCH, "best": SCRATCH.model_copy(update={"searched": True})}
    found = Candidate({"learning_rate": 0.0123, "depth": 2.0})
    said = describe_protocol(make_study(variants=searched), found)
    assert said["variants.best.searched"] == "depth 2, learning_rate 0.0123"
    assert said["variants.best.phases"] == "2 epochs of all layers at 0.0123"
    assert "variants.own.searched" not in said


def test_what_evaluation_logs_is_not_logged_of_a_training():
    cells = {"cell": "digits/tominet/none/scratch/6", "than": "digits/tominet/letters/frozen/6"}
    claims = {"lower": cells | {"text": "It is lower.", "expects": "lower"}}
    said = describe_protocol(make_study(claims=claims, note="Silent."))
    assert not {*said} & {"question", "claims", "note", "published"}


@pytest.mark.usefixtures("store")
def test_a_study_is_as_official_as_the_least_official_of_its_sets():
    study, settings = make_study(), Params.model_construct(corpus="embedded", subsets={})
    for role, provenance in (("digits", "official"), ("letters", "unofficial"),
                             ("fashion", "official")):  # fmt: skip
        write_json(set_facts_file("embedded", role), {"provenance": provenance})
    assert description.provenance(settings, study) == "unofficial"
    fashion = study.restricted_to(["none", "fashion"])
    assert description.provenance(settings, fashion) == "official"
