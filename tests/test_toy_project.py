"""The shipped studies as a project of toy size has them."""

from glyph_transfer.protocol import params
from toy_project import REPOSITORY, SHIPPED, YAML_FILE, questions_alone, shrink


def test_every_shipped_study_can_be_made_small(tmp_path):
    """At most 20 trainings of one epoch a phase on 100 images: seconds."""
    path = tmp_path / "params.yaml"
    content = YAML_FILE.load(REPOSITORY / "params.yaml")
    shrink(content)
    YAML_FILE.dump(content, path)
    YAML_FILE.dump(questions_alone(), tmp_path / "published.yaml")
    small = params.load(path)
    for name in SHIPPED.studies:
        study = small.study(name)
        assert sum(map(study.draws_of, study.cells)) <= 20, name
        epochs = {p.epochs for v in study.variants.values() for p in v.phases}
        assert epochs <= {1}, name
        sizes = {study.images or 60 if n == "all" else n for n in study.n_train}
        assert max(sizes) <= 100, name
