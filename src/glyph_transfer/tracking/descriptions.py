"""What a run is, for people, where its record does not say it."""

from glyph_transfer.tracking.records import Record

_OF_STAGES = {
    "pretrain": "{model} from {source}, a ready-made source: its card is among the artifacts.",
    "network": "One of the networks of the source {model}-{source}: number {network}, with its "
    "own initial weights and order of batches.",
    "replicate": "The cell `{cell}` on draw {draw} of its labelled images: one of the trainings "
    "of the run above it.",
    "trial": "One candidate of the search above it, scored on validation images.",
}


def description_of(record: Record) -> str:
    """Give the record's description, or what its stage and tags say; empty if that is nothing."""
    if record.description:
        return record.description
    return _OF_STAGES.get(record.tags.get("stage", ""), "").format_map(record.tags)
