"""Runs in, pages out: a report as one HTML file, its twin in Markdown, and their figures."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from glyph_transfer.files import replacing, write_text
from glyph_transfer.protocol.params import Params
from glyph_transfer.report import averages, cards, drawings, first, origins, page
from glyph_transfer.report.averages import Averages
from glyph_transfer.report.cards import Card
from glyph_transfer.report.evidence import Evidence
from glyph_transfer.report.page import Chart, Photo, Picture, Table
from glyph_transfer.report.reading import gather

if TYPE_CHECKING:  # importing it takes seconds
    from glyph_transfer.tracking.store import TrackedRun


@dataclass(frozen=True)
class Page:
    """What the templates show.

    Attributes:
        evidence: all that is known.
        gain, chart, tiles, what_to_do: of the first screen; None and empty where nothing is known.
        cards: of the studies that have run, in their order.
        unconverged: what batch norm's averages do; None where no study tells.
        trials, sources, sheets, inside: pictures of the search, of pretrainings, of sets, and of
            single networks.
        tables: of what everything rests on, by name.
        own_tasks: what is expected of networks for the reader's own images.
    """

    evidence: Evidence
    gain: first.Gain | None
    chart: Chart | None
    tiles: list[first.Tile]
    what_to_do: Table | None
    cards: list[Card]
    unconverged: Averages | None
    trials: Chart | None
    sources: list[Chart]
    sheets: list[Photo]
    inside: Mapping[str, list[Picture]]
    tables: Mapping[str, Table]
    own_tasks: Table | None = None

    @property
    def pictures(self) -> list[Picture]:
        """Every picture on the page, in order."""
        found = [
            *([self.chart] if self.chart else []),
            *self.sheets,
            *(each for card in self.cards for each in (card.chart, *card.pictures.values())),
            *([self.trials] if self.trials else []),
            *(each for kind in self.inside.values() for each in kind),
            *self.sources,
        ]
        return list({each.name: each for each in found}.values())


def build(corpus: str, settings: Params, runs: "Mapping[str, TrackedRun | None]") -> Page:
    """Make the page of a corpus from tracked runs.

    Args:
        corpus: whose report it is.
        settings: for what is to be expected.
        runs: by stage, as `reading.expected_stages` and `possible_stages` name them; None for those
            without a run, of which the page says that they have not run.
    """
    return compose(gather(corpus, settings, runs))


def compose(evidence: Evidence) -> Page:
    """Make the page of what a corpus's runs give."""
    search, shown = evidence.search, evidence.visualisation
    return Page(
        evidence=evidence,
        gain=first.gain(evidence),
        chart=first.curves(evidence),
        tiles=first.tiles(evidence),
        what_to_do=first.what_to_do(evidence),
        cards=[cards.card(evidence, study) for study in evidence.finished],
        unconverged=_unconverged(evidence),
        trials=drawings.trials(search) if search and search.best else None,
        sources=[
            drawings.source_curves(each, evidence.called(each))
            for each in evidence.sources.values()
            if each and each.curves
        ],
        sheets=[
            page.photo(
                f"images-{each.role}",
                each.sheet,
                f"{each.role}: {len(each.facts['classes'])} classes",
                f"Images of {each.role}, a column for each class: "
                f"{', '.join(each.facts['classes'])}",
            )
            for each in evidence.images.values()
            if each
        ],
        inside=drawings.inside(shown) if shown else {},
        tables=_tables(evidence),
    )


def _unconverged(evidence: Evidence) -> Averages | None:
    default, protocol = evidence.answering("averages"), evidence.answering("source")
    if default is None or protocol is None:
        return None
    return averages.pair(default, protocol, evidence.has_stand_ins(default))


def _tables(evidence: Evidence) -> dict[str, Table]:
    """Tables of what everything rests on, of those that have rows."""
    images = [each for each in evidence.images.values() if each]
    stages = [stage for stage in evidence.stages.values() if stage]
    made = [
        origins.sources(evidence),
        origins.splits(images),
        origins.files(images),
        origins.stages(stages),
        origins.parameters(stages),
        origins.versions(stages),
        *([] if evidence.corpus == "embedded" else [origins.published_sets(images)]),
    ]
    return {each.name: each for each in made if each.rows}


def html(content: Page) -> str:
    """Render a page as one HTML file that needs nothing else; its text is escaped."""
    return _render("html", content)


def markdown(content: Page) -> str:
    """Render a page as GitHub's Markdown; pictures are looked for in `figures/`."""
    return _render("markdown", content)


def _render(template: str, content: Page) -> str:
    fewer, roles = origins.fewer(content.evidence), list(content.evidence.images)
    caveat = cards.caveat(content.evidence, roles)
    return page.render(template, page=content, fewer=fewer, caveat=caveat)


def write(content: Page, folder: Path) -> list[Path]:
    """Write `index.html`, `report.md` and `figures/` into `folder`; give their files.

    Figures that are there already are removed.
    """
    figures = folder / "figures"
    shutil.rmtree(figures, ignore_errors=True)
    written = []
    for picture in content.pictures:
        path = figures / picture.file
        with replacing(path) as temporary:
            temporary.write_bytes(picture.content)
        written.append(path)
    write_text(folder / "report.md", markdown(content))
    write_text(folder / "index.html", html(content))
    return [folder / "index.html", folder / "report.md", *written]
