"""What has to hold between the parts of a study, so that it can run to its end."""

from typing import TYPE_CHECKING

from glyph_transfer.protocol.parts import ENSEMBLE, NO_SOURCE, Published

if TYPE_CHECKING:
    from glyph_transfer.protocol.study import Study


def check(study: "Study") -> None:
    """Raise ValueError, with what was found and what exists, where a study cannot work."""
    _check_sizes(study)
    _check_baselines(study)
    _check_networks_given(study)
    _check_cells(study)
    _check_names(study)
    _check_published(study)
    _check_validation(study)
    _check_forecasts(study)


def _check_sizes(study: "Study") -> None:
    if study.sources_from and len(study.n_train) != 1:
        raise ValueError(
            f"a study that trains its own sources has to have one 'n_train', found {study.n_train}"
        )
    if isinstance(study.draws, list) and len(study.draws) != len(study.n_train):
        raise ValueError(f"'draws' are {study.draws}, but 'n_train' is {study.n_train}")
    for name, variant in study.variants.items():
        if not {*(variant.n_train or [])} <= {*study.n_train}:
            raise ValueError(
                f"the variant '{name}' has the sizes {variant.n_train}, but those of the study are "
                f"{study.n_train}"
            )


def _check_baselines(study: "Study") -> None:
    for name in {v.baseline for v in study.variants.values()} - {None}:
        _check_variant(study, name, "a baseline")
        if len(study.variants[name].sources) != 1:
            raise ValueError(f"the variant '{name}' is a baseline: it has to have one source")


def _check_networks_given(study: "Study") -> None:
    for name in {study.sources_from, *(e.variant for e in study.ensembles.values())} - {None}:
        _check_variant(study, name, "'sources_from' or an ensemble")
        if study.variants[name].sources != [NO_SOURCE]:
            raise ValueError(f"the variant '{name}' gives networks: it has to be from scratch")


def _check_variant(study: "Study", name: str, what: str) -> None:
    if name not in study.variants:
        raise ValueError(f"{what} is '{name}', but the variants are {[*study.variants]}")


def _check_cells(study: "Study") -> None:
    cells = study.cells
    for cell in cells:
        if cells.count(cell) > 1:
            raise ValueError(f"the cell '{cell}' is there more than once")
        needed = [study.source_cell(cell), study.baseline_of(cell)]
        if cell.model == ENSEMBLE:
            needed += [member for members in study.members_of(cell) for member in members]
        for other in needed:
            if other is not None and other not in cells:
                raise ValueError(f"the cell '{cell}' needs '{other}', which the study lacks")


def _check_names(study: "Study") -> None:
    """Check the cells and claims that are named somewhere."""
    known = {str(cell) for cell in study.cells}
    named = {
        "published": [cell for p in study.published for cell in (p.cell, p.than)],
        "claims": [cell for claim in study.claims.values() for cell in (claim.cell, claim.than)],
        "shown": [study.shown],
    }
    for section, cells in named.items():
        for cell in cells:
            if cell is not None and cell not in known:
                raise ValueError(
                    f"'{section}' names the cell '{cell}', but the cells are {sorted(known)}"
                )
    if study.shown is not None and study.shown not in map(str, study.trained_cells):
        raise ValueError(f"'shown' is '{study.shown}': an ensemble is no network to show")


def _check_published(study: "Study") -> None:
    for published in study.published:
        if published.claim is not None and published.claim not in study.claims:
            raise ValueError(
                f"'published' names the claim '{published.claim}', but the claims are "
                f"{[*study.claims]}"
            )
        if published.score == "first_epoch_accuracy" and not _is_scored(study, published):
            raise ValueError(
                f"'published' has a 'first_epoch_accuracy' of '{published.cell}', so it has to "
                "be of a trained cell and 'score_every' has to be 1"
            )


def _is_scored(study: "Study", published: Published) -> bool:
    """Whether the test images are scored after the first epoch of a figure's cell."""
    return study.score_every == 1 and published.cell in map(str, study.trained_cells)


def _check_validation(study: "Study") -> None:
    if study.validation == 0 and study.shown is None:
        raise ValueError(
            "no validation images are held back, so the cell that is shown has to be named "
            "under 'shown'"
        )
    if study.validation == 0 and any(each.best_of for each in study.ensembles.values()):
        raise ValueError("no validation images are held back, so 'best_of' has none to go by")


def _check_forecasts(study: "Study") -> None:
    if not study.forecasts:
        return
    if study.sampling != "stratified":
        raise ValueError(
            f"'forecasts' leave out every labelled image once, which needs two of every class, "
            f"but 'sampling' is '{study.sampling}': it has to be 'stratified'"
        )
    compared = [(c.target, c.variant, c.n_train) for c in study.cells if study.keeps_features(c)]
    if len({*compared}) == len(compared):
        raise ValueError(
            "'forecasts' are there, but nothing to choose: no variant with a 'head' and no "
            "'phases' has two sources for a target"
        )
