"""The sections of a report on what it rests on: source networks, images, provenance."""

from glyph_transfer.charts import curve_chart
from glyph_transfer.charts.figures import png
from glyph_transfer.images import catalogue
from glyph_transfer.report.evidence import Evidence, Images, Source, Stage
from glyph_transfer.report.page import (
    Code,
    Column,
    Paragraph,
    Picture,
    Section,
    Table,
    Value,
    table,
)
from glyph_transfer.report.sections import caveat, count, estimate, missing


def sources(evidence: Evidence) -> Section:
    """The source networks, with their scores on their own test images."""
    blocks = [
        missing(f"The network {name}", evidence)
        for name, source in evidence.sources.items()
        if source is None
    ]
    done = [source for source in evidence.sources.values() if source]
    if done:
        blocks.append(_source_table(done, _caveat(evidence, done)))
    return Section(
        "sources",
        "Source networks",
        blocks
        + [_source_curves(source, _caveat(evidence, [source])) for source in done if source.curves],
    )


def _caveat(evidence: Evidence, done: list[Source]) -> str:
    """What has to be said of the images of source networks; ready-made ones have cards."""
    ready_made = [source.name for source in done if not source.roles]
    said = caveat(evidence, [role for source in done for role in source.roles])
    own = (
        f"ready-made, trained on other images than these: see the cards of {', '.join(ready_made)}"
    )
    return "; ".join(filter(None, (said, own if ready_made else "")))


def _source_table(done: list[Source], caveat: str) -> Table:
    def accuracy(source: Source) -> Value:
        return estimate(*(source.metrics[f"test_accuracy{end}"] for end in ("", "_low", "_high")))

    columns: list[Column[Source]] = [
        Column("network", lambda source: source.name),
        Column("test accuracy (%)", accuracy),
        Column("test images", lambda source: count(source.metrics["test_images"])),
        Column("epochs", lambda source: count(source.metrics["epochs"])),
    ]
    return table(
        "Source networks, one each, on the test images of their own sets. In brackets: "
        "Wilson's 95 % intervals of a proportion, over test images.",
        columns,
        done,
        caveat,
    )


def _source_curves(source: Source, caveat: str) -> Picture:
    kept = "epoch with the lowest validation loss" if source.keeps_best else "last epoch"
    return Picture(
        f"source-{source.name}",
        png(curve_chart.source_curves(source.curves)),
        f"Training curves of {source.name}: accuracy and loss by epoch on train and validation",
        f"{source.name}: accuracy and loss by epoch, a single training. The weights of the {kept} "
        "are kept.",
        caveat,
    )


def images(evidence: Evidence) -> Section:
    """The sets: pictures, sizes, digests and files."""
    blocks = [
        missing(f"The set {role}", evidence)
        for role, each in evidence.images.items()
        if each is None
    ]
    done = [each for each in evidence.images.values() if each]
    if done:
        of_all = caveat(evidence, [each.role for each in done])
        blocks += [
            *(_sheet(each, caveat(evidence, [each.role])) for each in done),
            _split_table(done, of_all),
            _file_table(done, of_all),
            *([] if evidence.corpus == "embedded" else [_published_sets(done)]),
        ]
    return Section("images", "Images", blocks)


def _sheet(images: Images, caveat: str) -> Picture:
    return Picture(
        f"images-{images.role}",
        images.sheet,
        f"Images of {images.role}, a column for each class: {', '.join(images.facts['classes'])}",
        f"{images.role}: the first training images of each class.",
        caveat,
    )


def _split_table(done: list[Images], caveat: str) -> Table:
    columns: list[Column[tuple[Images, str, dict]]] = [
        Column("set", lambda row: row[0].role),
        Column("classes", lambda row: count(len(row[0].facts["classes"]))),
        Column("split", lambda row: row[1]),
        Column("images", lambda row: count(row[2]["images"])),
        Column("SHA-256", lambda row: Value(row[2]["sha256"], code=True)),
    ]
    return table(
        "Splits, which share no image. SHA-256 is of a split's images and labels.",
        columns,
        [(each, name, split) for each in done for name, split in each.facts["splits"].items()],
        caveat,
    )


def _file_table(done: list[Images], caveat: str) -> Table:
    columns: list[Column[tuple[Images, dict]]] = [
        Column("set", lambda row: row[0].role),
        Column("file", lambda row: row[1]["name"]),
        Column("provenance", lambda row: _status(row[1], row[0])),
        Column("bytes", lambda row: count(row[1]["size"])),
        Column("origin", lambda row: row[1]["origin"]),
        Column("SHA-256", lambda row: Value(row[1]["sha256"], code=True)),
    ]
    return table(
        "The files that the sets were made from.",
        columns,
        [(each, file) for each in done for file in each.facts["files"]],
        caveat,
    )


def _status(file: dict, images: Images) -> str:
    if "official" not in file:
        return images.facts["provenance"]
    return "official" if file["official"] else "unofficial"


def _published_sets(done: list[Images]) -> Table:
    return table(
        "The published sets, and what their authors allow.",
        [
            Column("set", lambda row: row[0]),
            Column("published as", lambda row: row[1].title),
            Column("images to learn from", lambda row: count(row[1].train_size)),
            Column("test images", lambda row: count(row[1].test_size)),
            Column("licence", lambda row: row[1].licence),
            Column("page", lambda row: row[1].source_page),
        ],
        [(each.role, catalogue.ROLES[each.role]) for each in done],
    )


def provenance(evidence: Evidence) -> Section:
    """When, where and with what everything was made, and how to make and find it again."""
    done = [stage for stage in evidence.stages.values() if stage]
    not_run = [name for name, stage in evidence.stages.items() if stage is None]
    notes = (_seed(evidence), _files_needed(evidence))
    blocks = [
        Paragraph("This makes the page again, and whatever it rests on that is out of date:"),
        Code(evidence.command),
        Paragraph(
            "Every number above was read from an MLflow run. The command mlflow ui in the "
            "project's folder shows them; this search finds one:"
        ),
        Code("tags.fingerprint = 'the fingerprint from the table'"),
        *(Paragraph(note) for note in notes if note),
    ]
    if not_run:
        blocks.append(missing(f"Stages without a run ({', '.join(not_run)})", evidence))
    if done:
        blocks += [_stage_table(done), _parameter_table(done), _version_table(done)]
    return Section("provenance", "Provenance", blocks)


def _seed(evidence: Evidence) -> str:
    if not evidence.finished:
        return ""
    seeds = sorted({study.params["seed"] for study in evidence.finished})
    return f"All that is random comes from the seed {', '.join(seeds)} in params.yaml."


def _files_needed(evidence: Evidence) -> str:
    """Say where the files that are not official have to be, for the same numbers."""
    roles = [role for role in evidence.images if evidence.provenance(role) == "unofficial"]
    if not roles:
        return ""
    return (
        f"The files of {', '.join(roles)} are not the published ones: the variable "
        "GLYPH_TRANSFER_DATA has to name a folder with those whose SHA-256 is in the table of "
        "files above. With the official ones the numbers will differ."
    )


def _stage_table(stages: list[Stage]) -> Table:
    columns: list[Column[Stage]] = [
        Column("stage", lambda stage: stage.name),
        Column(
            "began",
            lambda stage: Value(f"{stage.started:%Y-%m-%d %H:%M:%S}", stage.started.timestamp()),
        ),
        Column("seconds", lambda stage: Value(f"{stage.seconds:.1f}", stage.seconds)),
        Column("commit", lambda stage: stage.tags["mlflow.source.git.commit"]),
        Column("machine", lambda stage: stage.tags["machine"]),
        Column("fingerprint", lambda stage: Value(stage.fingerprint, code=True)),
    ]
    return table("Stages. Dates are UTC.", columns, stages)


def _parameter_table(stages: list[Stage]) -> Table:
    columns: list[Column[tuple[Stage, str]]] = [
        Column("stage", lambda row: row[0].name),
        Column("parameter", lambda row: row[1]),
        Column("value", lambda row: row[0].params[row[1]]),
    ]
    return table(
        "Parameters of trainings and pictures, as tracked.",
        columns,
        [
            (stage, parameter)
            for stage in stages
            if stage.tags["stage"] in ("pretrain", "search", "transfer", "visualise")
            for parameter in sorted(stage.params)
        ],
    )


def _version_table(stages: list[Stage]) -> Table:
    versions: dict[str, set[str]] = {}
    for stage in stages:
        for tag, version in stage.tags.items():
            if tag.startswith("version."):
                versions.setdefault(tag.removeprefix("version."), set()).add(version)
    return table(
        "Versions; more than one where stages ran with different ones.",
        [
            Column("package", lambda package: package),
            Column("version", lambda package: ", ".join(sorted(versions[package]))),
        ],
        sorted(versions),
    )
