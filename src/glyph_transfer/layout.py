"""Where everything lies, from the project's folder."""

from pathlib import Path


def environment_file() -> Path:
    """Versions and the instruction set that results are made with."""
    return Path("data", "environment.json")


def raw_folder(corpus: str, role: str) -> Path:
    """Files of a role as they came, with `source.json`."""
    return Path("data", corpus, "raw", role)


def downloads_folder() -> Path:
    """Archives and unfinished downloads; nothing in it is trusted unchecked."""
    return Path("data", "downloads")


def set_file(corpus: str, name: str) -> Path:
    """A set of images in three splits."""
    return Path("data", corpus, "sets", f"{name}.npz")


def set_facts_file(corpus: str, name: str) -> Path:
    """Where a set came from, its classes, and the digest of every split."""
    return Path("data", corpus, "sets", f"{name}.json")


def sheet_file(corpus: str, name: str) -> Path:
    """A picture of some images of every class."""
    return Path("data", corpus, "sets", f"{name}.png")


def source_folder(corpus: str, model: str, source: str) -> Path:
    """The pretrained networks of a source."""
    return Path("data", corpus, "sources", f"{model}-{source}")


def source_file(corpus: str, model: str, source: str, number: int = 0) -> Path:
    """One of the pretrained networks of a source."""
    return source_folder(corpus, model, source) / f"network_{number:02}.keras"


def ready_made_file(model: str, source: str) -> Path:
    """Weights of the networks of a source that come with the project."""
    return Path("data", "pretrained", f"{model}-{source}.npz")


def ready_made_card(model: str, source: str) -> Path:
    """What the networks of a ready-made source were trained on, and how good they are."""
    return Path("data", "pretrained", f"{model}-{source}.json")


def source_scores_file(corpus: str, model: str, source: str) -> Path:
    """Scores of the pretrained networks of a source."""
    return Path("data", corpus, "sources", f"{model}-{source}.json")


def sources_metrics_file(corpus: str) -> Path:
    """Scores of the pretrained networks of all sources, by name."""
    return results_folder(corpus, "sources") / "scores.json"


def study_folder(corpus: str, study: str) -> Path:
    """What the replicates of a study gave, a file for each cell, and the network that is shown."""
    return Path("data", corpus, "studies", study)


def parts_folder(corpus: str, study: str) -> Path:
    """Finished replicates of a study that is not finished."""
    return Path("data", corpus, "parts", study)


def results_folder(corpus: str, study: str) -> Path:
    """Metrics and tables of a study."""
    return Path("reports", corpus, study)


def found_file(corpus: str) -> Path:
    """Hyper-parameters that the search found."""
    return Path("data", corpus, "search", "found.json")


def figures_folder(corpus: str, study: str) -> Path:
    """Figures of a study, which its run carries."""
    return Path("data", corpus, "figures", study)


def visualisation_folder(corpus: str, study: str) -> Path:
    """Pictures of single networks of a study, and the numbers in them."""
    return Path("data", corpus, "visualisation", study)


def comparison_folder(corpus: str, study: str, source: str) -> Path:
    """Metrics, tables and page of one source against training from scratch."""
    return Path("data", corpus, "comparisons", f"{study}-{source}")


def report_folder(corpus: str) -> Path:
    """The page, its plain twin and their figures."""
    return Path("reports", corpus)


def made_with_file(corpus: str) -> Path:
    """Versions and the instruction set that the results of a corpus were made with."""
    return report_folder(corpus) / "environment.json"


def headlines_file(corpus: str) -> Path:
    """The few numbers that stand for a corpus."""
    return report_folder(corpus) / "headlines.json"


def own_folder(task: str) -> Path:
    """One's own images: the network for a task, with the page and the numbers of the advice."""
    return Path("data", "own", task)


def own_metrics_file(task: str) -> Path:
    """What is expected of the network for a task that is a stage, in numbers."""
    return results_folder("own", task) / "metrics.json"


def record_file(corpus: str, stage: str) -> Path:
    """What a stage, such as `pretrain_tominet-letters`, logs to MLflow."""
    return Path("data", corpus, "runs", f"{stage}.json")


def conditions_file(corpus: str, stage: str) -> Path:
    """When, where and how long a stage ran."""
    return Path("data", corpus, "conditions", f"{stage}.json")


def records_folder(corpus: str) -> Path:
    """What the report reads of every stage, small enough to be committed."""
    return report_folder(corpus) / "records"
