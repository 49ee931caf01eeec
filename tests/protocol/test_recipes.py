"""Recipes: what they may say, and variants that do what one says."""

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.protocol import Phase, Recipe, Variant, params
from glyph_transfer.protocol.augmentation import Augmentation
from glyph_transfer.protocol.recipes import Unlabelled

PROBE = {"features": ["conv_1"], "head": "cosine", "strengths": [1.0, 10.0], "choose": "average"}
PHASES = {"phases": [Phase(train="all", epochs=1, learning_rate=0.1)]}
MOVED = Augmentation(shift=1.0)

RECIPES = """\
recipes:
  probe: {features: [conv_1], head: cosine, strengths: [1.0], choose: average}
  ridge_probe: {extends: probe, head: ridge, strengths: {embedded: [2.0], official: [3.0]}}
  tuned: {load: backbone, optimizer: adam, batch_size: 5, batch_norm_momentum: 0.9,
          phases: [{train: all, epochs: 2, learning_rate: 0.001}]}
studies:
"""
OFFICIAL = """\
  official:
    digits: {validation: 10}
    letters: {validation: 10}
"""
NAMED = """\
      by_recipe:
        recipe: ridge_probe
        sources: [letters]
        baseline: scratch
        n_train: [10]
      tuned:
"""


@pytest.fixture
def with_recipes(written):
    """Write VALID with recipes and a variant that names one, and one replacement in these."""

    def write(old="", new=""):
        path = written()
        text = path.read_text().replace("studies:\n", RECIPES).replace("      tuned:\n", NAMED)
        assert old in text
        path.write_text(text.replace(old, new, 1))
        return path

    return write


@pytest.mark.parametrize(("corpus", "strength"), [("embedded", 2.0), ("official", 3.0)])
def test_a_variant_has_what_its_recipe_says(with_recipes, corpus, strength):
    path = with_recipes("sets:\n", f"sets:\n{OFFICIAL}")
    study = params.load(path, corpus).studies["few"]
    variant = study.variants["by_recipe"]
    assert (variant.head, variant.features, variant.choose) == ("ridge", ["conv_1"], "average")
    assert variant.strengths == [strength]
    assert (variant.sources, variant.baseline) == (["letters"], "scratch")
    assert variant.phases == [] == variant.load


def test_what_a_variant_says_itself_stands_over_its_recipe(with_recipes):
    path = with_recipes("recipe: ridge_probe", "recipe: ridge_probe\n        features: [conv_2]")
    variant = params.load(path).studies["few"].variants["by_recipe"]
    assert (variant.features, variant.head) == (["conv_2"], "ridge")


def test_a_variant_is_tried_at_its_own_sizes(with_recipes):
    cells = params.load(with_recipes()).studies["few"].cells
    sizes = {
        name: [c.n_train for c in cells if c.variant == name] for name in ("by_recipe", "tuned")
    }
    assert sizes == {"by_recipe": [10], "tuned": [10, 20]}


def test_a_recipe_says_how_its_phases_are_trained(with_recipes):
    settings = params.load(with_recipes())
    assert settings.recipes["tuned"].training.batch_size == 5
    assert settings.recipes["probe"].training is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "recipe: ridge_probe",
            "recipe: glue",
            "variants.by_recipe: unknown recipe 'glue'; .*: probe, ridge_probe, tuned",
        ),
        ("extends: probe", "extends: prob", "recipes.ridge_probe: extends 'prob'"),
        ("head: cosine", "head: forest", "recipes.probe.head: .*'cosine'.*, found 'forest'"),
        ("features: [conv_1], ", "", "recipes.probe: .*needs 'features'"),
        ("backbone, optimizer: adam, ", "backbone, ", "recipes.tuned has 'phases'.* optimizer"),
        ("n_train: [10]\n", "n_train: [11]\n", r"'by_recipe' has the sizes \[11\]"),
        ("sources: [letters]\n        baseline: scratch\n        n_train", "sources: [none]\n"
         "        n_train", r"by_recipe: .*takes features of \['conv_1'\]"),
    ],
)  # fmt: skip
def test_mistakes_name_where_they_are(with_recipes, old, new, message):
    with pytest.raises(InputError, match=message):
        params.load(with_recipes(old, new))


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({}, "neither a 'head' nor 'phases'"),
        ({"features": ["conv_1"], **PHASES}, "no 'head' that they are for"),
        ({"copies": 1, "augmentation": MOVED, **PHASES}, "no 'head' that they are for"),
        (PROBE | {"strengths": None}, "a 'head' needs"),
        (PROBE | {"copies": 2}, "copies of images need an 'augmentation'"),
        (PROBE | {"test_copies": 2}, "copies of images need an 'augmentation'"),
        (PROBE | {"augmentation": MOVED}, "an 'augmentation' needs"),
        (PROBE | {"load": ["conv_1"]}, "are of 'phases'"),
        (PROBE | {"l2_sp": 0.1}, "are of 'phases'"),
        (PROBE | PHASES, "can start from these heads alone: logistic, ridge"),
        (PHASES | {"unlabelled": Unlabelled(use="propagation", images=9)}, "serve a 'head'"),
        (
            PROBE
            | {
                "reestimate_batch_norm": True,
                "unlabelled": Unlabelled(use="statistics", images=9),
            },
            "of 'unlabelled' images or labelled ones",
        ),
    ],
)
def test_what_would_be_said_in_vain_is_refused(how, message):
    with pytest.raises(ValueError, match=message):
        Recipe(**how)


def test_training_from_scratch_has_no_source_to_take_from():
    with pytest.raises(ValueError, match="one of its sources is 'none'"):
        Variant(**PROBE, sources=["none"])
    with pytest.raises(ValueError, match="loads backbone, but one of its sources is 'none'"):
        Variant(**PHASES, load="backbone", sources=["none"])
