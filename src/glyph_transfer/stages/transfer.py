"""<study>@<corpus>: train every replicate of a study and keep what it predicts."""

import shutil
import time

from glyph_transfer.experiments import results
from glyph_transfer.experiments.description import describe, with_network
from glyph_transfer.experiments.plan import images_by_target, plan_study
from glyph_transfer.experiments.run import keep_network, run
from glyph_transfer.layout import parts_folder, study_folder
from glyph_transfer.protocol import params
from glyph_transfer.stages import program


def main(corpus: str, study: str) -> None:
    """Train the replicates of STUDY on CORPUS."""
    started = time.time()
    settings = params.load(corpus=corpus)
    chosen = settings.study(study)
    jobs = plan_study(settings, study, chosen)
    run(jobs, settings.workers, f"{study} ({corpus})", settings.scheduler)
    folder = study_folder(corpus, study)
    measured = results.collect(jobs, folder)
    targets = images_by_target(jobs)
    for name, images in targets.items():
        results.save_tested(results.tested(images), results.tested_file(folder, name))
    cells = {cell: results.load(results.cell_file(folder, cell)) for cell in chosen.cells}
    shown = results.shown_job(chosen, jobs, cells)
    keep_network(shown, folder / "shown.keras", settings.workers, settings.scheduler)
    record = describe(settings, study, chosen, cells, targets)
    record = with_network(record, shown, folder / "shown.keras", targets[shown.cell.target])
    program.finish(record, corpus, study, started, **measured)
    shutil.rmtree(parts_folder(corpus, study))


if __name__ == "__main__":
    program.run(main)
