"""unite@<corpus>-<set>: the sets of several roles as one, of all their classes."""

import time

from glyph_transfer.charts import figures, sheets
from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json, write_json
from glyph_transfer.images import sets
from glyph_transfer.layout import set_facts_file, set_file, sheet_file
from glyph_transfer.protocol import params
from glyph_transfer.stages import program
from glyph_transfer.stages.convert import describe, record


def main(corpus: str, name: str) -> None:
    """Make data/CORPUS/sets/NAME.npz from the sets that `unions` in params.yaml names."""
    started = time.time()
    settings = params.load(corpus=corpus)
    unions = settings.unions
    if name not in unions:
        raise InputError(
            f"unknown union '{name}'; params.yaml has under 'unions': "
            f"{', '.join(unions) or 'nothing'}"
        )
    parts = {role: sets.load(set_file(corpus, role)) for role in unions[name]}
    whole = sets.unite(name, parts, settings.seed)
    sets.save(whole, set_file(corpus, name))
    facts = describe(whole, corpus, name, came_from(corpus, unions[name]))
    write_json(set_facts_file(corpus, name), facts)
    shown = sheets.sheet(whole.train.images, whole.train.labels, whole.classes)
    figures.save_photograph(shown, sheet_file(corpus, name))
    program.finish(record(corpus, name, facts), corpus, f"unite_{name}", started)


def came_from(corpus: str, roles: list[str]) -> dict:
    """Give the files of all roles, and the least official of their provenances."""
    facts = [read_json(set_facts_file(corpus, role)) for role in roles]
    return {
        "provenance": min((each["provenance"] for each in facts), key=sets.PROVENANCES.index),
        "files": [file | {"role": each["role"]} for each in facts for file in each["files"]],
    }


if __name__ == "__main__":
    program.run(main)
