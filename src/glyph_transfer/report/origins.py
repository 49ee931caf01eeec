"""The tables of what a report rests on: source networks, images, files, stages, versions."""

from glyph_transfer.analysis.formats import format_percent
from glyph_transfer.images import catalogue
from glyph_transfer.images.sets import OTHER
from glyph_transfer.report.evidence import Evidence, Images, Source, Stage
from glyph_transfer.report.page import Column, Table, Value, table
from glyph_transfer.report.tables import count, estimate


def _weights(source: Source) -> str:
    if not source.roles:  # trained on other images than these
        return "ready-made: see its card"
    return "best epoch" if source.keeps_best else "last epoch"


def sources(evidence: Evidence) -> Table:
    """The scores of source networks on the test images of their own sets."""

    def accuracy(source: Source) -> Value:
        ends = (source.metrics[f"test_accuracy{end}"] for end in ("", "_low", "_high"))
        return estimate(*ends, format_percent)

    columns: list[Column[Source]] = [
        Column("network", lambda source: Value(evidence.called(source), raw=source.name)),
        Column("networks", lambda source: count(source.metrics["networks"])),
        Column("right (%)", accuracy),
        Column("test images", lambda source: count(source.metrics["test_images"])),
        Column("epochs", lambda source: count(source.metrics["epochs"])),
        Column("weights of", _weights),
    ]
    done = [source for source in evidence.sources.values() if source]
    return table("sources", "Source networks", columns, done)


def splits(done: list[Images]) -> Table:
    """Images of every split, and their digests."""
    columns: list[Column[tuple[Images, str, dict]]] = [
        Column("set", lambda row: row[0].role),
        Column("classes", lambda row: count(len(row[0].facts["classes"]))),
        Column("split", lambda row: row[1]),
        Column("images", lambda row: count(row[2]["images"])),
        Column("SHA-256", lambda row: Value(row[2]["sha256"], code=True)),
    ]
    rows = [(each, name, split) for each in done for name, split in each.facts["splits"].items()]
    return table("splits", "Splits, which share no image", columns, rows)


def files(done: list[Images]) -> Table:
    """The files that the sets were made from."""
    columns: list[Column[tuple[Images, dict]]] = [
        Column("set", lambda row: row[0].role),
        Column("file", lambda row: row[1]["name"]),
        Column("provenance", lambda row: _status(row[1], row[0])),
        Column("bytes", lambda row: count(row[1]["size"])),
        Column("origin", lambda row: row[1]["origin"]),
        Column("SHA-256", lambda row: Value(row[1]["sha256"], code=True)),
    ]
    rows = [(each, file) for each in done for file in each.facts["files"]]
    return table("files", "Files that the sets were made from", columns, rows)


def _status(file: dict, images: Images) -> str:
    return "official" if file.get("official") else images.facts["provenance"]


def published_sets(done: list[Images]) -> Table:
    """The published sets, and what their authors allow; none for images of one's own."""
    return table(
        "published-sets",
        "The published sets, and what their authors allow",
        [
            Column("set", lambda row: row[0]),
            Column("published as", lambda row: row[1].title),
            Column("images to learn from", lambda row: count(row[1].train_size)),
            Column("test images", lambda row: count(row[1].test_size)),
            Column("licence", lambda row: row[1].licence),
            Column("page", lambda row: row[1].source_page),
        ],
        [
            (each.role, catalogue.ROLES[each.role])
            for each in done
            if each.facts["provenance"] != OTHER
        ],
    )


def fewer(evidence: Evidence) -> list[dict[str, object]]:
    """Give the unofficial sets that have fewer images than published, with both numbers."""
    found = []
    for role, images in evidence.images.items():
        if images is None or images.facts["provenance"] != "unofficial":
            continue
        sizes, published = images.facts["splits"], catalogue.ROLES[role]
        test = sizes["test"]["images"]
        train = sum(split["images"] for split in sizes.values()) - test
        if train < published.train_size or test < published.test_size:
            found.append({"role": role, "train": train, "test": test, "published": published})
    return found


def stages(done: list[Stage]) -> Table:
    """When and where every stage ran, and how its run is found."""
    columns: list[Column[Stage]] = [
        Column("stage", lambda stage: stage.name),
        Column(
            "began (UTC)",
            lambda stage: Value(f"{stage.started:%Y-%m-%d %H:%M:%S}", stage.started.timestamp()),
        ),
        Column("seconds", lambda stage: Value(f"{stage.seconds:.1f}", stage.seconds)),
        Column("commit", lambda stage: stage.tags["mlflow.source.git.commit"]),
        Column("machine", lambda stage: stage.tags["machine"]),
        Column("fingerprint", lambda stage: Value(stage.fingerprint, code=True)),
    ]
    return table("stages", "Stages", columns, done)


def parameters(done: list[Stage]) -> Table:
    """Every choice of every training and picture, as tracked."""
    columns: list[Column[tuple[Stage, str]]] = [
        Column("stage", lambda row: row[0].name),
        Column("parameter", lambda row: row[1]),
        Column("value", lambda row: row[0].params[row[1]]),
    ]
    rows = [
        (stage, parameter)
        for stage in done
        if stage.tags["stage"] in ("pretrain", "search", "transfer", "visualise")
        for parameter in sorted(stage.params)
    ]
    return table("parameters", "Parameters of trainings and pictures", columns, rows)


def versions(done: list[Stage]) -> Table:
    """Versions of packages; more than one where stages ran with different ones."""
    found: dict[str, set[str]] = {}
    for stage in done:
        for tag, version in stage.tags.items():
            if tag.startswith("version."):
                found.setdefault(tag.removeprefix("version."), set()).add(version)
    return table(
        "versions",
        "Versions",
        [
            Column("package", lambda package: package),
            Column("version", lambda package: ", ".join(sorted(found[package]))),
        ],
        sorted(found),
    )
