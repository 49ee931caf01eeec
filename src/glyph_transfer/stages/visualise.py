"""visualise@<corpus>: pictures of what single networks of a study have learned."""

import tempfile
import time
from pathlib import Path

from glyph_transfer.experiments.plan import plan_study
from glyph_transfer.images import sets
from glyph_transfer.layout import set_file, study_folder, visualisation_folder
from glyph_transfer.protocol import params
from glyph_transfer.stages import program
from glyph_transfer.visualisation import networks, pictures
from glyph_transfer.visualisation.description import describe


def main(corpus: str, study: str) -> None:
    """Show networks of STUDY on CORPUS: for each source that of its first cell."""
    started = time.time()
    settings = params.load(corpus=corpus)
    chosen = settings.study(study)
    jobs = networks.first_jobs(plan_study(settings, study, chosen), chosen.sources)
    with tempfile.TemporaryDirectory() as temporary:
        shown = networks.retrain(jobs, study_folder(corpus, study), Path(temporary))
    target = chosen.targets[0]
    roles = sorted(settings.roles_of(chosen))
    samples = {role: sets.load(set_file(corpus, role)) for role in roles}
    seen = {role: sample.validation[: pictures.IMAGES] for role, sample in samples.items()}
    folder = visualisation_folder(corpus, study)
    files = [
        pictures.plot_kernels(shown, folder),
        *pictures.plot_maxima(shown, settings.seed, folder),
        *pictures.plot_similarities(shown, samples[target], folder),
        *pictures.plot_classes(shown, target, samples, folder),
    ]
    record = describe(settings, study, chosen, seen, files)
    program.finish(record, corpus, f"visualise_{study}", started)


if __name__ == "__main__":
    program.run(main)
