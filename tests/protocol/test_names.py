"""Every name that a user gives is refused when parameters load, unless it can be used anywhere."""

import pytest
from ruamel.yaml import YAML

from glyph_transfer.errors import InputError
from glyph_transfer.protocol import params

BAD = [
    "head+finetune", "few labels", "a(b", "it's", "a,b", "a#b", "a;b", "a=b", "a/b", "..", ".", "",
    "../../../../tmp/x", "a\0b", "a\n", "\n", "é", "1st", "_x", "-x", "x" * 41, "x" * 100_000,
    "none", "NONE", "ensemble", "all",
]  # fmt: skip

RECIPE = {"features": ["flatten"], "head": "ridge", "strengths": [0.1, 1.0], "choose": "average"}


def named(kind, name):
    """Parameters in which one thing of a kind has a name."""
    phases = [{"train": "all", "epochs": 1, "learning_rate": 0.1}]
    variant = {"sources": ["none"], "load": [], "phases": phases}
    study = {
        "question": "?", "targets": ["digits"], "model": "m", "n_train": [10], "draws": 3,
        "sampling": "random", "variants": {"scratch": variant},
        "training": {"optimizer": "adam", "batch_size": 5, "batch_norm_momentum": 0.9},
    }  # fmt: skip
    ensemble = {"target": "digits", "variant": "scratch", "members": ["m"], "baseline": "m"}
    content = {
        "corpora": ["embedded"], "seed": 1, "workers": 0, "subsets": {},
        "sets": {"embedded": {"digits": {"validation": 5}}}, "studies": {"few": study},
    }  # fmt: skip
    if kind == "studies":
        content["studies"] = {name: study}
    elif kind == "variants":
        study["variants"] = {"scratch": variant, name: variant | {"models": {"n": ["digits"]}}}
    elif kind == "ensembles":
        study["ensembles"] = {name: ensemble}
    elif kind == "unions":
        content["sets"]["embedded"]["letters"] = {"validation": 5}
        content["unions"] = {name: ["digits", "letters"]}
    elif kind == "recipes":
        content["recipes"] = {name: RECIPE}
    else:
        content["subsets"] = {name: {"role": "digits", "classes": ["0", "1"]}}
    return content


def load(content, folder):
    path = folder / "params.yaml"
    YAML(typ="safe").dump(content, path)
    return params.load(path)


KINDS = ["studies", "variants", "subsets", "unions", "recipes", "ensembles"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", BAD)
def test_a_name_that_cannot_be_a_folder_and_a_tag_is_refused(tmp_path, kind, name):
    with pytest.raises(InputError) as refused:
        load(named(kind, name), tmp_path)
    message = str(refused.value)
    assert kind in message
    assert "letters, digits and underscores" in message or "mean something else" in message
    assert len(message) < 1000
    assert message.replace("\n", "").isprintable()


@pytest.mark.parametrize("kind", KINDS)
def test_usual_names_are_taken(tmp_path, kind):
    for name in ("head_then_finetune", "a", "S5c_2", "x" * 40):
        assert load(named(kind, name), tmp_path)


def test_a_study_is_not_called_as_what_lies_beside_studies(tmp_path):
    with pytest.raises(InputError, match=r"not a name for a study: .*sources"):
        load(named("studies", "sources"), tmp_path)


def test_a_subset_does_not_hide_a_role(tmp_path):
    with pytest.raises(InputError, match="another set"):
        load(named("subsets", "letters"), tmp_path)
