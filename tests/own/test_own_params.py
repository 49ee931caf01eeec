"""What is tried on one's own images is named in params.yaml."""

import shutil
from pathlib import Path

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.protocol import params
from glyph_transfer.protocol.own import Task
from glyph_transfer.stages.advise import check_groups

REPOSITORY = Path(__file__).parents[2]


def test_the_shipped_ones_need_no_unlabelled_images():
    shipped = params.load(REPOSITORY / "params.yaml", "official")
    assert all(shipped.recipes[name].unlabelled is None for name in shipped.own.recipes)


def test_an_unknown_recipe_is_refused(tmp_path):
    text = (REPOSITORY / "params.yaml").read_text(encoding="utf-8")
    start = text.index("\nown:")
    wrong = text[:start] + text[start:].replace("- class_means", "- class_medians", 1)
    (tmp_path / "params.yaml").write_text(wrong, encoding="utf-8")
    shutil.copy(REPOSITORY / "published.yaml", tmp_path)
    with pytest.raises(InputError, match="class_medians"):
        params.load(tmp_path / "params.yaml")


@pytest.mark.parametrize(
    "name", ["../x", "Letters", "my-letters", "none", "a b", "x" * 41, "", "1st"]
)
def test_a_name_that_cannot_be_a_folder_a_stage_and_a_model_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="not a name"):
        params.load(with_tasks(tmp_path, f"{{{name!r}: {{images: x}}}}"))


@pytest.mark.parametrize("task", ["{images: ''}", "{}", "{images: x, option: ink}", "x"])
def test_a_task_without_images_or_with_another_word_is_refused(tmp_path, task):
    with pytest.raises(InputError, match=r"own\.tasks\.mine"):
        params.load(with_tasks(tmp_path, f"{{mine: {task}}}"))


def test_tasks_are_those_that_are_named(tmp_path):
    named = params.load(with_tasks(tmp_path, "{mine: {images: a/b, options: ink=dark}}"))
    assert named.own_task("mine").images == "a/b"
    with pytest.raises(InputError, match=r"'other'.*own\.tasks.*mine"):
        named.own_task("other")


def test_groups_in_a_file_that_dvc_does_not_watch_are_refused(tmp_path):
    (tmp_path / "images").mkdir()
    for folder in (tmp_path, tmp_path / "images"):
        (folder / "writers.csv").touch()
    inside, outside = (
        Task(images=f"{tmp_path}/images", groups=f"{tmp_path}/{path}")
        for path in ("images/writers.csv", "writers.csv")
    )
    check_groups("mine", inside)
    check_groups("mine", Task(images=f"{tmp_path}/images", groups=r"writer(\d+)"))
    with pytest.raises(InputError, match="DVC would not see it change"):
        check_groups("mine", outside)


def with_tasks(folder, tasks):
    text = (REPOSITORY / "params.yaml").read_text(encoding="utf-8")
    assert text.count("  tasks: {}\n") == 1
    changed = text.replace("  tasks: {}\n", f"  tasks: {tasks}\n")
    (folder / "params.yaml").write_text(changed, encoding="utf-8")
    shutil.copy(REPOSITORY / "published.yaml", folder)
    return folder / "params.yaml"
