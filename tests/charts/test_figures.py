"""One style for every chart, and figures as files."""

import inspect
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path as DrawnPath
from PIL import Image

from chart_rows import (
    LETTERS,
    SCRATCH,
    cell_row,
    curve_rows,
    difference_row,
    forecast_row,
    replicate_row,
)
from glyph_transfer import charts
from glyph_transfer.analysis.rows import ConfusionRow, LabelWorthRow, MistakeRow
from glyph_transfer.charts import figures, sheets
from glyph_transfer.charts.label_chart import Line
from glyph_transfer.charts.published_chart import Pair
from glyph_transfer.protocol import Cell

CELLS = [
    cell_row(SCRATCH, 10, 0.5, (0.4, 0.6)),
    cell_row(LETTERS, 1000, 0.7, (0.6, 0.8), published=0.5),
]
WORTH = LabelWorthRow(Cell.parse(LETTERS), Cell.parse(SCRATCH), 20.0, None, None, None, 10, 1)
TRIALS = [
    {"trial": n, "generation": 0, "rate": n, "validation_loss": n, "best_validation_loss": 1}
    for n in (1, 2)
]
SCORES = {
    f"{split}_{score}": [0.5, 0.6]
    for split in ("train", "validation")
    for score in ("loss", "accuracy")
}
IMAGES = np.arange(2 * 28 * 28, dtype=np.uint8).reshape(2, 28, 28)
GIVEN = {
    "accuracy_by_cell": (CELLS, [replicate_row(SCRATCH, 0.5)]),
    "forest": ([difference_row()],),
    "choice_chart": (
        [
            forecast_row("logme", regret=0.1, tau=0.5),
            forecast_row("logme", "digits", regret=0.1, tau=0.5),
        ],
    ),
    "confusion": ([ConfusionRow(None, a, b, 3, 1) for a in "AB" for b in "AB"],),
    "study_curves": (curve_rows(SCRATCH, 2.0, 1.0), "train"),
    "source_curves": (SCORES,),
    "label_worth_chart": (CELLS, [WORTH]),
    "accuracy_by_labels": ([Line("line", CELLS, "C0")],),
    "published_and_ours": ([Pair("name", 0.5, 0.6, (0.4, 0.7))],),
    "trials": (TRIALS,),
    "sheet": (IMAGES, np.array([0, 1]), ("A", "B")),
    "mistakes": (IMAGES, [MistakeRow(None, n, "A", "B", 1, 2, 0.1) for n in (0, 1)]),
    "kernels": ([("from scratch", None, np.ones((3, 3, 1, 8)))],),
    "maxima": ([("from scratch", {"conv": np.ones((5, 28, 28))})],),
    "heat_map": ("letters", {("conv", "conv"): 1.0}),
    "plane": ({"a": np.eye(2)}, (0.5, 0.25), {"a": {"A": np.array([0.5, 0.5])}}),
}
"""Something to show for every chart there is."""
MODULES = [
    import_module(f"{charts.__name__}.{path.stem}")
    for path in sorted(Path(charts.__file__).parent.glob("[a-z]*.py"))
]
CHARTS = {
    name: function
    for module in MODULES
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__ and function.__annotations__.get("return") is Figure
}


def test_every_chart_is_among_those_that_are_tried():
    assert {*CHARTS} == {*GIVEN}


@pytest.mark.parametrize("name", GIVEN)
def test_a_chart_looks_the_same_whatever_matplotlib_is_set_to(name):
    """And equal tables give equal bytes."""
    own = figures.png(CHARTS[name](*GIVEN[name]))
    others = {
        "font.size": 17, "axes.facecolor": "red", "axes.grid": False, "figure.facecolor": "green",
        "figure.constrained_layout.use": False, "lines.linewidth": 5, "savefig.dpi": 30,
        "xtick.color": "red", "image.cmap": "viridis", "text.color": "blue",
    }  # fmt: skip
    with matplotlib.rc_context(others):
        assert figures.png(CHARTS[name](*GIVEN[name])) == own


@pytest.mark.parametrize("name", GIVEN)
def test_every_chart_follows_the_style_file(name, tmp_path, monkeypatch):
    own = figures.png(CHARTS[name](*GIVEN[name]))
    style = figures.STYLE.read_text() + "\nfigure.facecolor: yellow\n"
    (tmp_path / "other.mplstyle").write_text(style)
    monkeypatch.setattr(figures, "STYLE", tmp_path / "other.mplstyle")
    assert figures.png(CHARTS[name](*GIVEN[name])) != own


def test_the_style_is_packaged():
    project = Path(__file__).parents[2] / "pyproject.toml"
    data = tomllib.loads(project.read_text())["tool"]["setuptools"]["package-data"]
    assert figures.STYLE.match(*data["glyph_transfer.charts"])


def test_a_figure_is_saved_whole(tmp_path):
    figures.save(CHARTS["forest"](*GIVEN["forest"]), tmp_path / "one.png")
    figure = CHARTS["forest"](*GIVEN["forest"])
    assert (tmp_path / "one.png").read_bytes() == figures.png(figure)
    assert figures.png(figure).startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["one.png"]


@pytest.mark.parametrize("name", GIVEN)
def test_a_chart_as_an_element_takes_its_colours_from_the_page(name):
    """And equal tables give equal elements."""
    element = figures.svg(CHARTS[name](*GIVEN[name]), name)
    assert element == figures.svg(CHARTS[name](*GIVEN[name]), name)
    without_images = re.sub('base64[^"]*', "", element)
    assert {*re.findall("#[0-9a-f]{6}", without_images)} <= SHADES.get(name, set())
    assert element.startswith("<svg viewBox=")
    assert element.count("<svg") == 1
    for outside in ("<style", "<metadata", "font-family", "http"):
        assert outside not in re.sub("xmlns[^ >]*", "", element)


SHADES = {"plane": {"#b5b5b5", "#0b3d66"}}
"""Colours that are the same on every ground, of charts that are photographs on the page."""


def test_elements_share_no_identifier():
    names = [{*re.findall(r' id="([^"]+)"', figures.svg(CHARTS["forest"](*GIVEN["forest"]), name))}
             for name in ("one", "two")]  # fmt: skip
    assert names[0]
    assert not names[0] & names[1]


def test_text_of_a_chart_stays_text_with_all_its_digits():
    row = difference_row(draws_needed=1234)
    element = figures.svg(CHARTS["forest"]([row]), "name")
    assert ">better</text>" in element
    (axes,) = (figure := CHARTS["forest"]([row])).axes
    axes.set_xlabel("0.123456 and 0.98765")
    assert "0.123456 and 0.98765" in figures.svg(figure, "name")


def test_charts_and_statistics_need_neither_tensorflow_nor_the_report():
    """Or a change to the report would evaluate again, and every chart take seconds to start."""
    folder = Path(charts.__file__).parent.parent
    names = [
        f"glyph_transfer.{room}.{path.stem}"
        for room in ("analysis", "charts")
        for path in (folder / room).glob("[a-z]*.py")
    ]
    refused = ("tensorflow", "keras", "mlflow", "pandas", "sklearn", "glyph_transfer.report")
    program = (
        f"import sys, importlib; [importlib.import_module(name) for name in {names}]; "
        f"print([name for name in sys.modules if name.startswith({refused})])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stdout.strip() == "[]", ran.stderr


def test_a_photograph_is_a_fraction_of_the_bytes_and_of_the_same_size(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28), np.uint8)
    sheet = sheets.sheet(images, np.zeros(20, int), ("a",))
    figures.save(sheet, tmp_path / "whole.png")
    figures.save_photograph(sheet, tmp_path / "few.png")
    whole, few = (tmp_path / name for name in ("whole.png", "few.png"))
    assert few.stat().st_size < whole.stat().st_size / 2
    assert Image.open(few).size == Image.open(whole).size
    assert len(Image.open(few).convert("RGB").getcolors()) <= 16


def test_a_tag_says_no_more_than_it_has_to_and_a_line_after_a_curve_stays_one():
    figure = Figure(figsize=(1, 1))
    codes = [
        DrawnPath.MOVETO,
        DrawnPath.CURVE4,
        DrawnPath.CURVE4,
        DrawnPath.CURVE4,
        DrawnPath.LINETO,
    ]
    figure.add_artist(PathPatch(DrawnPath([(0, 0), (0, 1), (1, 1), (1, 0), (0.5, 0.5)], codes)))
    figure.add_artist(Line2D([0, 0.5, 1], [0, 0.5, 0]))
    figure.text(0.5, 0.5, "level")
    element = figures.svg(figure, "name")
    curved, straight = (
        next(each for each in re.findall(r' d="([^"]*)"', element) if ("C" in each) == is_curved)
        for is_curved in (True, False)
    )
    assert re.search(r"C( [\d.]+){6} L( [\d.]+){2}", curved)
    assert "L" not in straight
    for said_in_vain in ("rotate(", ".0 ", "; ", "<g/>"):
        assert said_in_vain not in re.sub(">[^<]*<", "><", element)
