"""convert@<corpus>-<role>: whatever the files' format, one set in three splits."""

import sys
import time
from pathlib import Path

import numpy as np

from glyph_transfer.charts import figures, sheets
from glyph_transfer.files import read_json, reading, write_json
from glyph_transfer.images import catalogue, formats, sets
from glyph_transfer.images.pictures import sanity
from glyph_transfer.layout import raw_folder, set_facts_file, set_file, sheet_file
from glyph_transfer.protocol import params
from glyph_transfer.stages import program
from glyph_transfer.tracking.records import Dataset, Record


def main(corpus: str, role: str) -> None:
    """Make data/CORPUS/sets/ROLE.npz from the raw files."""
    started = time.time()
    settings = params.load(corpus=corpus)
    asked = settings.role_params(role)
    source = read_source(raw_folder(corpus, role))
    raw = formats.read_raw(raw_folder(corpus, role), catalogue.ROLES[role])
    remarks = checked(corpus, role, raw, source["provenance"], asked.allow)
    published = {
        split: sets.Split(images, labels, np.arange(len(labels), dtype=np.int32))
        for split, (images, labels) in raw.items()
    }
    train, validation = sets.divide(
        role, published["train"], asked.train, asked.validation, settings.seed
    )
    image_set = sets.ImageSet(
        catalogue.ROLES[role].classes, train=train, validation=validation, test=published["test"]
    )
    sets.save(image_set, set_file(corpus, role))
    facts = describe(image_set, corpus, role, source)
    if remarks:
        facts["remarks"] = remarks
    write_json(set_facts_file(corpus, role), facts)
    figures.save_photograph(
        sheets.sheet(train.images, train.labels, image_set.classes), sheet_file(corpus, role)
    )
    program.finish(record(corpus, role, facts), corpus, f"convert_{role}", started)


def checked(
    corpus: str, role: str, raw: dict[str, tuple], provenance: str, allow: list[str]
) -> list[str]:
    """Look for what is wrong with images that are not the published ones, and tell it.

    Raises:
        InputError: it would give a wrong answer, and is not allowed.
    """
    if provenance not in (sets.OTHER, "unofficial"):
        return []
    from glyph_transfer.learning import unofficial  # it reads settings of TensorFlow

    remarks = unofficial.remarks_on(role, catalogue.ROLES[role].classes, raw)
    where = f"sets.{corpus}.{role}" + ": {{allow: [{}]}} in params.yaml"
    sanity.require(remarks, allow, where)
    for remark in remarks:
        print(f"{role}: {remark}", file=sys.stderr)
    return [str(remark) for remark in remarks]


def read_source(folder: Path) -> dict:
    """Read what the download stage says of its files; InputError where it does not."""
    path = folder / "source.json"
    expected = "what the download stage writes"
    source = read_json(path, expected)
    with reading(path, expected):
        source["provenance"], source["files"]
    return source


def describe(image_set: sets.ImageSet, corpus: str, role: str, source: dict) -> dict:
    """Collect what readers need to know of a set, images apart."""
    splits = {name: getattr(image_set, name) for name in sets.SPLITS}
    return {
        "role": role,
        "corpus": corpus,
        "provenance": source["provenance"],
        "classes": list(image_set.classes),
        "splits": {
            name: {
                "images": len(split),
                "sha256": split.digest,
                "index_sha256": split.index_digest,
            }
            for name, split in splits.items()
        },
        "files": source["files"],
    }


def record(corpus: str, role: str, facts: dict) -> Record:
    """What is logged of a set."""
    return Record(
        name=f"{role} ({corpus})",
        experiment="data",
        tags={
            "stage": "convert",
            "corpus": corpus,
            "role": role,
            "provenance": facts["provenance"],
        },
        params={"classes": len(facts["classes"])},
        metrics={
            f"{name}_images": float(split["images"]) for name, split in facts["splits"].items()
        },
        datasets=[
            Dataset(f"{corpus}-{role}", name, split["sha256"], split["images"])
            for name, split in facts["splits"].items()
        ],
        artifacts=[str(set_facts_file(corpus, role)), str(sheet_file(corpus, role))],
        description=f"The images of {role} in three splits that never overlap, and some of them.",
        about="Images: where their files came from, and how they were divided.",
    )


if __name__ == "__main__":
    program.run(main)
