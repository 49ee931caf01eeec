"""The page of `dvc plots show`: it draws without a network, and leaves nothing that Git sees."""

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from dvc.config import Config
from dvc_render.html import render_html
from dvc_render.vega import VegaRenderer

REPOSITORY = Path(__file__).parent.parent
TEMPLATE = REPOSITORY / ".dvc" / "plots" / "page.html"
VEGA = ".venv/vega.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

in_chromium = pytest.mark.skipif(not CHROMIUM, reason="no chromium on the PATH")


class Fetched(HTMLParser):
    """What a page has a browser fetch: addresses of all that is not in a <template>."""

    def __init__(self, html):
        super().__init__()
        self.addresses, self._inert = [], 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self._inert += tag == "template"
        if not self._inert:
            named = dict(attrs)
            self.addresses += [named[key] for key in ("src", "href") if key in named]

    def handle_endtag(self, tag):
        self._inert -= tag == "template"


@pytest.fixture
def page(tmp_path):
    """The page of a plot, where `dvc plots show` writes it."""
    rows = [{"epoch": n, "accuracy": n / 10, "rev": "workspace"} for n in range(5)]
    plot = VegaRenderer(rows, "curve", template="linear", x="epoch", y="accuracy")
    return render_html([plot], tmp_path / "dvc_plots" / "index.html", TEMPLATE)


def drawn(page):
    """What the page becomes in a browser that finds no host."""
    words = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
             f"--user-data-dir={page.parent / 'profile'}", "--virtual-time-budget=10000",
             "--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom", page.as_uri()]  # fmt: skip
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=True).stdout


def stand_in(path, says):
    """Write a script that stands in for Vega: it says where a plot would be drawn."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"vegaEmbed = id => document.querySelector(id).append('{says}')")


def test_dvc_takes_the_projects_page():
    named = Config(str(REPOSITORY / ".dvc"))["plots"]["html_template"]
    assert (REPOSITORY / ".dvc" / named).resolve() == TEMPLATE


@pytest.fixture
def set_up(tmp_path):
    """Runs `make setup` with stand-ins for Python, pip and vl_convert, which has some code."""
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    python = tmp_path / "python"
    python.write_text(
        '#!/bin/sh\n[ "$2" != venv ] && exit\n'
        f"mkdir -p $3/bin; ln -s {shutil.which('true')} $3/bin/pip; "
        f"ln -s {sys.executable} $3/bin/python"
    )
    python.chmod(0o755)

    def run(vl_convert):
        (tmp_path / "vl_convert.py").write_text(vl_convert)
        return subprocess.run(
            ["make", "setup", f"PYTHON={python}"], cwd=tmp_path, check=True, text=True,
            capture_output=True, env=os.environ | {"PYTHONPATH": str(tmp_path)},
        )  # fmt: skip

    return run


def test_the_page_fetches_what_set_up_writes_and_nothing_else(page, set_up):
    """It was blank without a network: Vega came from elsewhere."""
    set_up("javascript_bundle = lambda vl_version: 'vega é'")
    (address,) = Fetched(page.read_text(encoding="utf-8")).addresses
    assert (page.parent / address).read_text(encoding="utf-8") == "vega é"


def test_a_set_up_without_vega_is_one_all_the_same(page, set_up):
    done = set_up("raise ImportError('no such processor')")
    assert "dvc plots show" in done.stdout
    assert not (page.parent.parent / VEGA).exists()
    assert (page.parent.parent / ".venv" / "installed").exists()


@in_chromium
def test_it_draws_with_what_is_there_and_asks_the_network_only_without(page):
    text = page.read_text(encoding="utf-8")
    assert VegaRenderer.SCRIPTS in text, "what DVC has from the network"
    page.write_text(text.replace(VegaRenderer.SCRIPTS, '<script src="other.js"></script>'))
    stand_in(page.parent / "other.js", "from elsewhere")
    assert "from elsewhere" in drawn(page)
    stand_in(page.parent.parent / VEGA, "from here")
    shown = drawn(page).partition("<body>")[2]
    assert "from here" in shown
    assert "from elsewhere" not in shown


@in_chromium
@pytest.mark.skipif(not (REPOSITORY / VEGA).exists(), reason="no make setup: no vega.js")
def test_vega_draws_a_plot_without_a_network(page):
    (page.parent.parent / ".venv").mkdir()
    (page.parent.parent / VEGA).symlink_to(REPOSITORY / VEGA)
    assert re.search(r"<(canvas|svg)\b", drawn(page))


def test_a_curve_with_one_point_is_not_drawn():
    """It was an empty chart: networks that are scored after their last epoch alone have one."""
    import vl_convert

    rows = [
        {"cell": f"digits/{n}", "epoch": str(n), "train_accuracy": "0.5", "test_accuracy": test,
         "rev": "workspace"}
        for n, test in ((1, ""), (2, "0.9"))
    ]  # fmt: skip
    names = {"template": "curves", "template_dir": TEMPLATE.parent, "x": "epoch"}

    def drawn_of(cells):
        each = [row | {"cell": cell} for row, cell in zip(rows, cells, strict=True)]
        spec = VegaRenderer(each, "curves.csv", **names).get_filled_template()
        return vl_convert.vegalite_to_svg(spec, vl_version="5.21")

    of_one_cell = drawn_of(["digits/none", "digits/none"])
    assert "training images" in of_one_cell
    assert "test images" not in of_one_cell
    assert "training images" not in drawn_of(["digits/none", "digits/letters"])


def test_git_ignores_what_it_writes_wherever_it_was_typed():
    for path in ("dvc_plots/index.html", "docs/dvc_plots/static/curve.png", VEGA):
        words = ["git", "check-ignore", "--quiet", path]
        assert subprocess.run(words, cwd=REPOSITORY, check=False).returncode == 0, path
