"""Runs in, pages out: a report as one HTML file, its twin in Markdown, and their figures."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from glyph_transfer.charts.figures import SERIES
from glyph_transfer.files import replacing, write_text
from glyph_transfer.images import catalogue
from glyph_transfer.protocol.params import Params
from glyph_transfer.report import averages, drawings, first, rendering
from glyph_transfer.report.evidence import Evidence
from glyph_transfer.report.own_tasks import OwnTask
from glyph_transfer.report.pictures import Pictures
from glyph_transfer.report.reading import gather

if TYPE_CHECKING:  # importing it takes seconds
    from glyph_transfer.tracking.store import TrackedRun


@dataclass(frozen=True)
class Page:
    """What the templates show.

    Attributes:
        evidence: all that is known.
        own_tasks: the reader's own, of which something is known or not.
        pictures: those that have been shown; all of them once it is rendered.
    """

    evidence: Evidence
    own_tasks: Sequence[OwnTask] = ()
    pictures: Pictures = field(default_factory=Pictures, compare=False)


def build(corpus: str, settings: Params, runs: "Mapping[str, TrackedRun | None]") -> Page:
    """Make the page of a corpus from tracked runs.

    Args:
        corpus: whose report it is.
        settings: for what is to be expected.
        runs: by stage, as `reading.expected_stages` and `possible_stages` name them; None for those
            without a run, of which the page says that they have not run.
    """
    return Page(gather(corpus, settings, runs))


def html(page: Page) -> str:
    """Render a page as one HTML file that needs nothing else; its text is escaped."""
    return _render("html", page)


def markdown(page: Page) -> str:
    """Render a page as GitHub's Markdown; pictures are looked for in `figures/`."""
    return _render("markdown", page)


def _render(language: str, page: Page) -> str:
    return rendering.page(
        language,
        catalogue=catalogue.ROLES,
        drawings=drawings,
        evidence=page.evidence,
        first=first,
        own_tasks=page.own_tasks,
        pictures=page.pictures,
        plots=drawings.PLOTS,
        series=SERIES,
        unconverged=averages.of(page.evidence),
    )


def write(page: Page, folder: Path) -> list[Path]:
    """Write `index.html`, `report.md` and `figures/` into `folder`; give their files.

    Figures that are there already are removed.
    """
    written = [folder / "index.html", folder / "report.md"]
    for path, text in zip(written, (html(page), markdown(page)), strict=True):
        write_text(path, text)
    figures = folder / "figures"
    shutil.rmtree(figures, ignore_errors=True)
    for picture in page.pictures.shown.values():
        path = figures / picture.file
        with replacing(path) as temporary:
            temporary.write_bytes(picture.content)
        written.append(path)
    return written
