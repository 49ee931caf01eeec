"""DVC's commands, as if params.yaml listed one more corpus.

`python -m glyph_transfer.commands.listed official repro convert@official-digits`

dvc.yaml has its stages for every corpus under `corpora` in params.yaml. To write it there for a
while would lose what somebody else writes meanwhile, and leave it there after a kill.
`dvc exp run -S` writes there, too, and with `--temp` runs where neither the images nor a store
of runs are. So DVC's reader of the file is told one more corpus, in this process alone.
"""

import sys
from typing import TYPE_CHECKING

from dvc.cli import main as dvc
from dvc.parsing.context import Context

from glyph_transfer.commands.dvc_files import write_whole

if TYPE_CHECKING:
    from dvc.fs import FileSystem


def list_corpus(corpus: str) -> None:
    """Have DVC find `corpus` under `corpora` wherever it reads these in this process."""
    load = Context.load_from.__func__

    def load_with_corpus(
        cls: type[Context], fs: "FileSystem", path: str, select_keys: list[str] | None = None
    ) -> Context:
        context = load(cls, fs, path, select_keys)
        listed = context.get("corpora")
        if listed is not None and corpus not in map(str, listed):
            written = [str(each) for each in listed]
            context["corpora"] = [*written, corpus]
        return context

    Context.load_from = classmethod(load_with_corpus)


if __name__ == "__main__":
    write_whole()
    list_corpus(sys.argv[1])
    raise SystemExit(dvc(sys.argv[2:]))
