"""Results of the study of tiny sets: copied to other jobs, and compared byte for byte."""

import shutil

from glyph_transfer.experiments import results


def copied(reference, jobs):
    """Give `jobs` the results of the reference."""
    for done, job in zip(reference, jobs, strict=True):
        job.result.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(done.result, job.result)
        if done.network and job.network:
            shutil.copy2(done.network, job.network)
    return jobs


def cell_bytes(jobs, path):
    """Bytes of every cell's file, as the transfer stage writes them."""
    found = {}
    for cell in dict.fromkeys(job.cell for job in jobs):
        done = [results.load_result(job.result) for job in jobs if job.cell == cell]
        results.save(results.stack(done), path)
        found[cell] = path.read_bytes()
    return found


def moments(jobs):
    return [job.result.stat().st_mtime_ns if job.result.exists() else None for job in jobs]


def count_trainings(monkeypatch, stop_after=None):
    """Note every replicate that is trained; break off when so many are done."""
    from glyph_transfer.experiments import replicate

    trained, train = [], replicate.train

    def counting(job, *args):
        if len(trained) == stop_after:
            raise KeyboardInterrupt
        train(job, *args)
        trained.append(str(job))

    monkeypatch.setattr(replicate, "train", counting)
    return trained
