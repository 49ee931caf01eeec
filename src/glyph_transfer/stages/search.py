"""search@<corpus>: hyper-parameters of the variant that is `searched`, by evolution."""

import shutil
import time

from glyph_transfer.protocol import params
from glyph_transfer.search import results, trials
from glyph_transfer.search.description import describe
from glyph_transfer.search.trials import NAME
from glyph_transfer.stages import program


def main(corpus: str) -> None:
    """Search the hyper-parameters on CORPUS."""
    started = time.time()
    settings = params.load(corpus=corpus)
    how = settings.search_params()
    task = trials.plan(settings, how)
    title = f"{NAME} ({corpus})"
    found = trials.run(task, how, settings.workers, title, settings.scheduler)
    rows = results.tabulate(found)
    files = results.write(found, rows, corpus)
    record = describe(settings, task, found, rows, files)
    program.finish(record, corpus, NAME, started)
    shutil.rmtree(task.parts)


if __name__ == "__main__":
    program.run(main)
