"""The sections of a report on what it rests on: source networks, images, provenance."""

from glyph_transfer.charts import curve_chart
from glyph_transfer.charts.figures import png
from glyph_transfer.images import catalogue
from glyph_transfer.report.evidence import Evidence, Images, Source, Stage
from glyph_transfer.report.findings import interval, percent
from glyph_transfer.report.page import Code, Paragraph, Picture, Section, Table, Value
from glyph_transfer.report.sections import badge, missing


def sources(evidence: Evidence) -> Section:
    """The source networks, with their scores on their own test images."""
    blocks = [
        missing(f"The network {name}", evidence)
        for name, source in evidence.sources.items()
        if source is None
    ]
    done = [source for source in evidence.sources.values() if source]
    if done:
        blocks.append(
            Table(
                "Source networks, one each, on the test images of their own sets. In brackets: "
                "Wilson's 95 % intervals of a proportion, over test images.",
                ["network", "test accuracy (%)", "test images", "epochs"],
                [_source_row(source) for source in done],
                badge(evidence, [source.role for source in done]),
            )
        )
    return Section(
        "sources",
        "Source networks",
        blocks + [_source_curves(source, badge(evidence, [source.role])) for source in done],
    )


def images(evidence: Evidence) -> Section:
    """The sets: pictures, sizes, digests and files."""
    blocks = [
        missing(f"The set {role}", evidence)
        for role, found in evidence.images.items()
        if found is None
    ]
    done = [found for found in evidence.images.values() if found]
    if done:
        mark = badge(evidence, [found.role for found in done])
        blocks += [
            *(_sheet(found, badge(evidence, [found.role])) for found in done),
            Table(
                "Splits, which share no image. SHA-256 is of a split's images and labels.",
                ["set", "classes", "split", "images", "SHA-256"],
                [row for found in done for row in _split_rows(found)],
                mark,
            ),
            Table(
                "The files that the sets were made from.",
                ["set", "file", "provenance", "bytes", "origin", "SHA-256"],
                [row for found in done for row in _file_rows(found)],
                mark,
            ),
            *([] if evidence.corpus == "embedded" else [_published_sets(done)]),
        ]
    return Section("images", "Images", blocks)


def provenance(evidence: Evidence) -> Section:
    """When, where and with what everything was made, and how to make and find it again."""
    done = [stage for stage in evidence.stages.values() if stage]
    late = [name for name, stage in evidence.stages.items() if stage is None]
    blocks = [
        Paragraph("This makes the page again, and whatever it rests on that is out of date:"),
        Code(evidence.command),
        Paragraph(
            "Every number above was read from an MLflow run. The command mlflow ui in the "
            "project's folder shows them; this search finds one:"
        ),
        Code("tags.fingerprint = 'the fingerprint from the table'"),
        *(Paragraph(told) for told in (_seed(evidence), _files_needed(evidence)) if told),
    ]
    if late:
        blocks.append(missing(f"Stages without a run ({', '.join(late)})", evidence))
    if done:
        blocks += [_stage_table(done), _parameter_table(done), _version_table(done)]
    return Section("provenance", "Provenance", blocks)


def _seed(evidence: Evidence) -> str:
    if not evidence.finished:
        return ""
    seeds = sorted({study.params["seed"] for study in evidence.finished})
    return f"All that is random comes from the seed {', '.join(seeds)} in params.yaml."


def _files_needed(evidence: Evidence) -> str:
    """Say where the files that are not official have to be, for the same figures."""
    roles = [role for role in evidence.images if evidence.provenance(role) == "unofficial"]
    if not roles:
        return ""
    return (
        f"The files of {', '.join(roles)} are not the published ones: the variable "
        "GLYPH_TRANSFER_DATA has to name a folder with those whose SHA-256 is in the table of "
        "files above. With the official ones the figures will differ."
    )


def _source_row(source: Source) -> list[str | Value]:
    metrics, accuracy = source.metrics, source.metrics["test_accuracy"]
    low, high = metrics["test_accuracy_low"], metrics["test_accuracy_high"]
    return [
        source.name,
        Value(f"{percent(accuracy)} {interval(low, high)}", accuracy),
        Value(f"{metrics['test_images']:,.0f}", metrics["test_images"]),
        Value(f"{metrics['epochs']:.0f}", metrics["epochs"]),
    ]


def _source_curves(source: Source, mark: str) -> Picture:
    kept = "epoch with the lowest validation loss" if source.keeps_best else "last epoch"
    return Picture(
        f"source-{source.name}",
        png(curve_chart.source_curves(source.curves)),
        f"Training curves of {source.name}: accuracy and loss by epoch on train and validation",
        f"{source.name}: accuracy and loss by epoch, a single training. The weights of the {kept} "
        "are kept.",
        mark,
    )


def _sheet(found: Images, mark: str) -> Picture:
    return Picture(
        f"images-{found.role}",
        found.sheet,
        f"Images of {found.role}, a column for each class: {', '.join(found.facts['classes'])}",
        f"{found.role}: the first training images of each class.",
        mark,
    )


def _published_sets(done: list[Images]) -> Table:
    published = [(found.role, catalogue.ROLES[found.role]) for found in done]
    return Table(
        "The published sets, and what their authors allow.",
        ["set", "published as", "images to learn from", "test images", "licence", "page"],
        [
            [
                name,
                role.title,
                Value(f"{role.train_size:,}", role.train_size),
                Value(f"{role.test_size:,}", role.test_size),
                role.licence,
                role.source_page,
            ]
            for name, role in published
        ],
    )


def _split_rows(found: Images) -> list[list[str | Value]]:
    classes = len(found.facts["classes"])
    return [
        [
            found.role,
            Value(str(classes), classes),
            name,
            Value(f"{split['images']:,}", split["images"]),
            Value(split["sha256"], code=True),
        ]
        for name, split in found.facts["splits"].items()
    ]


def _file_rows(found: Images) -> list[list[str | Value]]:
    return [
        [
            found.role,
            file["name"],
            _status(file, found),
            Value(f"{file['size']:,}", file["size"]),
            file["origin"],
            Value(file["sha256"], code=True),
        ]
        for file in found.facts["files"]
    ]


def _status(file: dict, found: Images) -> str:
    if "official" not in file:
        return found.facts["provenance"]
    return "official" if file["official"] else "unofficial"


def _stage_table(stages: list[Stage]) -> Table:
    return Table(
        "Stages. Dates are UTC.",
        ["stage", "began", "seconds", "commit", "machine", "fingerprint"],
        [
            [
                stage.name,
                Value(f"{stage.started:%Y-%m-%d %H:%M:%S}", stage.started.timestamp()),
                Value(f"{stage.seconds:.1f}", stage.seconds),
                stage.tags["mlflow.source.git.commit"],
                stage.tags["machine"],
                Value(stage.fingerprint, code=True),
            ]
            for stage in stages
        ],
    )


def _parameter_table(stages: list[Stage]) -> Table:
    return Table(
        "Parameters of trainings and pictures, as tracked.",
        ["stage", "parameter", "value"],
        [
            [stage.name, name, value]
            for stage in stages
            if stage.tags["stage"] in ("pretrain", "search", "transfer", "visualise")
            for name, value in sorted(stage.params.items())
        ],
    )


def _version_table(stages: list[Stage]) -> Table:
    found: dict[str, set[str]] = {}
    for stage in stages:
        for tag, version in stage.tags.items():
            if tag.startswith("version."):
                found.setdefault(tag.removeprefix("version."), set()).add(version)
    return Table(
        "Versions; more than one where stages ran with different ones.",
        ["package", "version"],
        [[package, ", ".join(sorted(versions))] for package, versions in sorted(found.items())],
    )
