"""The section on the search, where there is one."""

from glyph_transfer.report import assembly, page, reading
from tracked_runs import SHEET, Run, runs, settings, tags

HOW = {"target": "letters", "validation": 0.2, "n_train": 500, "epochs": 2, "batch_size": 32,
       "population": 5, "generations": 1, "dropout": [0.0, 0.8], "learning_rate": [0.001, 0.01],
       "width": [0.5, 1.5]}  # fmt: skip
METRICS = {"trials": 10.0, "distinct": 9.0, "best_validation_loss": 1.23456, "dropout": 0.25,
           "learning_rate": 0.00123, "width": 1.5}  # fmt: skip


def searching():
    study = settings("few_labels", "architectures")
    content = study.model_dump() | {"search": HOW}
    return type(study).model_validate(content)


def searched(**metrics):
    params = {name: str(value) for name, value in HOW.items()}
    return Run("search-print", tags("search"), params, METRICS | metrics, {"trials.png": SHEET})


def section(**changes):
    content = assembly.build("embedded", searching(), runs(**changes))
    page.html(content)
    (found,) = [section for section in content.sections if section.anchor == "search"]
    return found.blocks


def test_what_was_found_and_how_is_told():
    told, picture = section(search=searched())
    assert told.text.startswith(
        "Differential evolution tried 9 networks of S5's kind (c) in 10 trials, each trained on "
        "500 images of letters for 2 epochs and judged by its loss on the validation images alone. "
        "Best is 1.235 nats, with dropout 0.25, a learning rate of 0.00123 and 1.5 times the width."
    )
    assert picture.png == SHEET
    assert "stand-ins" in picture.badge


def test_a_search_that_found_nothing_or_has_not_run_says_so():
    lost = searched()
    del lost.metrics["best_validation_loss"]
    assert "No candidate" in section(search=lost)[0].text
    (notice,) = section()
    assert notice.text.startswith("The search: not run yet")


def test_without_a_search_to_expect_there_is_no_section():
    content = assembly.build("embedded", settings(), runs())
    assert "search" not in {section.anchor for section in content.sections}
    assert "search" in reading.expected_stages(searching())
