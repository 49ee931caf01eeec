"""download@<corpus>-<role>: image files as they come, and where they came from."""

import time

import numpy as np

from glyph_transfer.files import replacing, sha256, write_json
from glyph_transfer.images import catalogue, embedded, fetch, local
from glyph_transfer.layout import downloads_folder, raw_folder
from glyph_transfer.protocol import params
from glyph_transfer.stages import program
from glyph_transfer.tracking.records import Record


def main(corpus: str, role: str) -> None:
    """Put the files of ROLE of CORPUS into data/CORPUS/raw/ROLE."""
    started = time.time()
    settings = params.load(corpus=corpus)
    asked = settings.role_params(role)
    if corpus == "embedded":
        source = generate(role, settings.seed)
    else:
        source = fetch.fetch_role(
            catalogue.ROLES[role],
            raw_folder(corpus, role),
            downloads_folder(),
            local.named_folder(),
            asked.allow_unofficial,
        )
    record = Record(
        name=f"download {role} ({corpus})",
        experiment="data",
        tags={
            "stage": "download",
            "corpus": corpus,
            "role": role,
            "provenance": source["provenance"],
        },
        params={f"sha256 {file['name']}": file["sha256"] for file in source["files"]},
        metrics={"bytes": float(sum(file["size"] for file in source["files"]))},
        artifacts=[str(raw_folder(corpus, role) / "source.json")],
        description=f"The files of {role} as they came; source.json says from where.",
        about="Images: where their files came from, and how they were divided.",
    )
    program.finish(record, corpus, f"download_{role}", started)


def generate(role: str, seed: int) -> dict:
    """Draw an embedded role and write it with its `source.json`, whose content is given."""
    folder = raw_folder("embedded", role)
    path = folder / f"{role}.npz"
    with replacing(path) as temporary:
        np.savez(temporary, **embedded.generate(role, seed))
    source = {
        "role": role,
        "provenance": "generated",
        "form": "npz",
        "files": [
            {
                "name": path.name,
                "size": path.stat().st_size,
                "sha256": sha256(path),
                "origin": f"generated from the seed {seed}",
            }
        ],
    }
    write_json(folder / "source.json", source)
    return source


if __name__ == "__main__":
    program.run(main)
