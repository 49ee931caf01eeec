"""dvc.yaml as it is written: every stage depends on all that decides what it gives."""

import ast
import difflib
import re
from pathlib import Path

import pytest
from dvc.utils.hydra import apply_overrides
from ruamel.yaml import YAML

from glyph_transfer.protocol import NO_SOURCE, Question, params
from glyph_transfer.protocol.by_corpus import CORPORA
from import_graph import PACKAGE, imported, reached

REPOSITORY = Path(__file__).parent.parent
DOUBLES = Path(__file__).parent / "doubles"
"""Modules that change nothing that is computed: test_neutral.py runs stages with these instead."""

PARAMS = YAML(typ="safe").load(REPOSITORY / "params.yaml")
OF_CORPORA = [params.load(REPOSITORY / "params.yaml", corpus) for corpus in CORPORA]
SHIPPED = OF_CORPORA[0]


def stages():
    written = YAML(typ="safe").load(REPOSITORY / "dvc.yaml")["stages"]
    return {name: stage.get("do", stage) for name, stage in written.items()}


def programs():
    """Stage program -> the code that each stage which runs it depends on."""
    result = {}
    for stage in stages().values():
        (program,) = re.findall(r"^\$\{run\} (\w+)", stage["cmd"])
        code = [dep for dep in stage.get("deps", []) if dep.startswith("src/")]
        result.setdefault(program, []).append([dep.removeprefix(CODE) for dep in code])
    return result


CODE = "src/glyph_transfer/"
NEUTRAL = frozenset(str(path.relative_to(DOUBLES)) for path in DOUBLES.rglob("*.py"))
TRAININGS = ("pretrain", "transfer", "search")


@pytest.mark.parametrize("program", sorted({*programs()} - {"environment"}))
def test_a_stage_depends_on_the_code_that_it_reaches(program):
    """DVC does not follow imports: what is missing here, it takes for unchanged."""
    files = reached(f"glyph_transfer.stages.{program}", without=NEUTRAL)
    for named in programs()[program]:
        folders = tuple(f"{dep}/" for dep in named)
        assert {file for file in files if not file.startswith(folders)} <= {*named}


@pytest.mark.parametrize("program", TRAININGS)
def test_the_code_that_trains_fits_on_few_lines(program):
    for named in programs()[program]:
        assert len(named) <= 8


def test_the_page_is_made_again_when_a_task_of_ones_own_is_answered():
    metrics = [*stages()["advise"]["metrics"][0]]
    folder = metrics[0].partition("/${key}")[0]
    assert folder in stages()["report"]["deps"]
    assert (REPOSITORY / folder).is_dir(), "DVC takes no folder that is not there"


def test_no_training_depends_on_how_its_results_are_judged_or_shown():
    """Else a table drawn otherwise would have thousands of networks trained again."""
    judging = ("analysis", "charts", "commands", "report", "tracking", "visualisation")
    for named in (each for program in TRAININGS for each in programs()[program]):
        assert not [dep for dep in named if dep.startswith(judging) or dep in ("", "stages")]


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("import glyph_transfer.images.sets", "images/sets.py"),
        ("from glyph_transfer.images import sets", "images/sets.py"),
        ("from ..images import sets as s", "images/sets.py"),
        ("def f():\n    from glyph_transfer.images.sets import load", "images/sets.py"),
        ("from glyph_transfer.protocol import Study", "protocol/study.py"),
        (
            "import importlib\nimportlib.import_module('glyph_transfer.images.sets')",
            "images/sets.py",
        ),
    ],
)
def test_imports_of_any_form_are_followed(tmp_path, text, file):
    package = tmp_path / "glyph_transfer"
    for name in ("images/sets", "protocol/study"):
        (package / name).parent.mkdir(parents=True)
        (package / f"{name}.py").touch()
    (package / "protocol" / "__init__.py").write_text(
        "from glyph_transfer.protocol.study import Study"
    )
    (package / "stages").mkdir()
    (package / "stages" / "new.py").write_text(text)
    assert file in reached("glyph_transfer.stages.new", package)


def test_what_dvc_does_not_watch_is_looked_at_in_every_run_and_downloads_rest_on_it():
    """Else the old images' report was given for new ones."""
    assert stages()["environment"]["always_changed"] is True
    watched = [each for each in stages()["download"]["params"] if isinstance(each, dict)]
    assert watched == [{"data/environment.json": ["images.${item.corpus}"]}]


def test_what_only_a_type_checker_imports_is_not_reached(tmp_path):
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import glyph_transfer.x\n"
    (tmp_path / "new.py").write_text(text)
    assert not imported("new.py", tmp_path)


@pytest.mark.parametrize("name", SHIPPED.studies)
def test_a_study_depends_on_its_images_its_sources_and_where_they_came_from(name):
    """Its provenance is the least official of its sets'; see stages/transfer.py.

    Of ready-made sources too, since they can be trained instead.
    """
    deps, expected = stages()[name]["deps"], set()
    for settings in OF_CORPORA:
        study = settings.studies[name]
        targets = {settings.role_of(cell.target) for cell in study.cells}
        named = targets | {*study.sources} - {NO_SOURCE}
        is_searched = any(variant.searched for variant in study.variants.values())
        expected |= {
            *(["search/found.json"] if is_searched else []),
            *(f"sets/{role}.npz" for role in targets),
            *(f"sets/{role}.json" for name in named for role in settings.parts_of(name)),
            *(f"sources/{model}-{source}" for model, source in study.pretrained),
        }
    assert {
        dep.removeprefix("data/${item}/") for dep in deps if dep.startswith("data/")
    } == expected


@pytest.mark.parametrize("name", SHIPPED.studies)
def test_a_study_depends_on_all_that_is_chosen_for_it(name):
    """What it extends too; and the versions and the instruction set that it is trained with."""
    named = stages()[name]["params"]
    study, written = SHIPPED.studies[name], PARAMS["studies"][name]
    subsets = {cell.target for cell in study.cells} & {*SHIPPED.subsets}
    expected = ["seed", *(["subsets"] if subsets else [])]
    extended = written.get("extends")
    if any(variant.recipe for variant in study.variants.values()):
        expected.append("recipes")
    expected += [f"studies.{each}" for each in (extended, name) if each]
    assert named == [{"data/environment.json": ["training"]}, *expected]


def test_the_search_depends_on_the_training_that_it_searches_for():
    """Its model, optimizer and phases are those of the variant that takes what is found."""
    study = SHIPPED.searched(SHIPPED.search_params().target).study
    assert "extends" not in PARAMS["studies"][study]
    named = {name for name in stages()["search"]["params"] if isinstance(name, str)}
    assert named == {"seed", "search.${item}"} | {
        f"studies.{study}.{part}" for part in ("model", "training", "variants")
    }


@pytest.mark.parametrize(
    "name", ["pretrain_tominet", "pretrain_cnn_s4", "pretrain_glyphnet", "search", "visualise"]
)
def test_all_that_trains_depends_on_versions_and_the_instruction_set(name):
    assert {"data/environment.json": ["training"]} in stages()[name]["params"]


def test_a_download_depends_on_what_the_folder_with_ones_own_files_holds():
    """And that of another corpus on nothing of it."""
    assert {"data/environment.json": ["images.${item.corpus}"]} in stages()["download"]["params"]


def test_evaluation_depends_on_versions():
    assert {"data/environment.json": ["evaluation"]} in stages()["evaluate"]["params"]


def test_no_training_depends_on_what_a_study_is_held_against():
    """A claim in other words trains nothing; it is in published.yaml, which evaluation reads."""
    written = PARAMS["studies"].values()
    assert not {*Question.model_fields} & {key for study in written for key in study}
    readers = {n for n, stage in stages().items() if "published.yaml" in str(stage.get("params"))}
    assert readers == {"evaluate", "report"}


def test_there_is_a_stage_for_every_source_network_and_every_study():
    written = stages()
    for model, sources in SHIPPED.pretrain.items():
        assert {*written[f"pretrain_{model}"]["matrix"]["source"]} == {*sources}
    assert written["evaluate"]["matrix"]["study"] == [*SHIPPED.studies]


def test_every_table_of_a_study_is_an_output():
    """What is not named, DVC neither keeps nor removes."""
    stage = stages()["evaluate"]
    named = {
        Path(next(iter(out))).stem
        for kind in ("outs", "plots")
        for out in stage[kind]
        if isinstance(out, dict)
    }
    tree = ast.parse((PACKAGE / "analysis" / "tables.py").read_text())
    (make,) = (node for node in tree.body if getattr(node, "name", "") == "make")
    (made,) = (node.value for node in make.body if isinstance(node, ast.Return))
    assert named == {key.value for key in made.keys} | {"metrics"}


def test_an_experiment_changes_what_it_sets_and_no_other_line(tmp_path):
    """`dvc exp run -S` writes params.yaml anew, every list in lines and without what is written
    behind it: the file stands as DVC writes it, with comments before a list or in a mapping."""
    path = tmp_path / "params.yaml"
    path.write_bytes((REPOSITORY / "params.yaml").read_bytes())
    before = path.read_text(encoding="utf-8").splitlines()
    apply_overrides(str(path), ["seed=7", "corpora=[embedded,official]"])
    changes = [
        line
        for line in difflib.ndiff(before, path.read_text(encoding="utf-8").splitlines())
        if line[0] in "+-"
    ]
    assert [line.split("#")[0].strip() for line in changes] == [
        "+ - official", "- seed: 2026", "+ seed: 7",
    ]  # fmt: skip
