"""The section on the search, where there is one."""

import pytest

from glyph_transfer.charts import figures
from glyph_transfer.report import assembly, page, reading
from tracked_runs import Run, runs, settings, tags

HOW = {"target": "letters", "validation": 0.2, "n_train": 500, "epochs": 2, "batch_size": 32,
       "population": 5, "generations": 1, "dropout": [0.0, 0.8], "learning_rate": [0.001, 0.01],
       "width": [0.5, 1.5]}  # fmt: skip
TRIALS = """\
trial,generation,dropout,learning_rate,width,validation_loss,best_validation_loss
1,0,0.5,0.01,1.0,2.5,2.5
2,0,0.25,0.00123,1.5,1.23456,1.23456
3,1,0.75,0.005,0.5,,1.23456
"""


def searching():
    """Parameters with a search, and a study whose variant takes what it finds."""
    content = settings("few_labels", "another").model_dump()
    content["studies"]["another"]["variants"]["tuned"] = content["studies"]["another"]["variants"][
        "scratch"
    ] | {"searched": True, "models": {"cnn_s1": ["digits"]}}
    return type(settings()).model_validate(content | {"search": HOW})


def searched(trials=TRIALS):
    params = {name: str(value) for name, value in HOW.items()}
    metrics = {"trials": 3.0, "distinct": 2.0, "best_validation_loss": 1.23456}
    return Run(
        "search-print",
        tags("search", study="another", model="cnn_s1"),
        params,
        metrics,
        {"trials.csv": trials.encode()},
    )


def section(**changes):
    content = assembly.build("embedded", searching(), runs(**changes))
    page.html(content)
    (found,) = [section for section in content.sections if section.anchor == "search"]
    return found.blocks


def test_what_was_found_and_how_is_said():
    text, picture = section(search=searched())
    for said in (
        "tried 2 networks", "cnn_s1", "in 3 trials", "500 images of letters for 2 epochs",
        "validation images alone", "1.235 nats",
        "dropout 0.25, learning rate 0.00123 and width 1.5", "The study another",
    ):  # fmt: skip
        assert said in text.text
    assert picture.name == "search-trials"
    assert "3 trials" in picture.alt
    assert "dropout, learning rate and width" in picture.alt
    assert "stand-ins" in picture.caveat


@pytest.fixture
def seen(monkeypatch):
    """The rows that the chart of trials is made of."""
    seen = []
    monkeypatch.setattr(
        reading.trial_chart, "trials", lambda rows: seen.extend(rows) or figures.Figure()
    )
    return seen


def test_the_trials_are_plotted_from_their_table(seen):
    """Missing values are None, so that a trial that diverged is not at a loss of 0."""
    section(search=searched())
    assert [row["trial"] for row in seen] == [1, 2, 3]
    assert [row["validation_loss"] for row in seen] == [2.5, 1.23456, None]
    assert seen[1]["learning_rate"] == 0.00123


@pytest.mark.usefixtures("seen")
def test_hyperparameters_are_the_columns_of_the_table():
    other = TRIALS.replace("dropout", "decay").replace("learning_rate", "depth")
    text, _ = section(search=searched(other))
    assert "with decay 0.25, depth 0.00123 and width 1.5." in text.text


def test_a_search_that_found_nothing_or_has_not_run_says_so():
    head = TRIALS.splitlines()[0]
    (text,) = section(search=searched(f"{head}\n1,0,0.5,0.01,1.0,,\n"))
    assert "No candidate" in text.text
    (notice,) = section()
    assert notice.text.startswith("The search: not run yet")


def test_without_a_search_to_expect_there_is_no_section():
    content = assembly.build("embedded", settings(), runs())
    assert "search" not in {section.anchor for section in content.sections}
    assert "search" in reading.expected_stages(searching())


def test_a_search_that_no_study_takes_is_not_expected():
    content = settings().model_dump() | {"search": HOW}
    assert "search" not in reading.expected_stages(type(settings()).model_validate(content))
