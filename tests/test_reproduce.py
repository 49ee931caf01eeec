"""DVC's lines, numbered."""

from itertools import count

from glyph_transfer.reproduce import numbered

LINES = """\
'data/raw.dvc' didn't change, skipping
Stage 'convert@a' didn't change, skipping
Running stage 'train@a':
> python -m train a
Updating lock file 'dvc.lock'

Stage 'score@a' is cached - skipping run, checking out outputs
Running stage 'report@a':
> python -m report a
Use `dvc push` to send your updates to remote storage.
""".splitlines(keepends=True)


def told(lines, total):
    seconds = count(0, 5)
    return list(numbered(lines, total, lambda: next(seconds)))


def test_stages_are_numbered_and_those_that_are_up_to_date_count():
    assert told(LINES, 4) == [
        "'data/raw.dvc' didn't change, skipping",
        "[2/4] train@a",
        "[2/4] train@a done in 5 s",
        "[4/4] report@a",
        "Use `dvc push` to send your updates to remote storage.",
        "[4/4] report@a done in 5 s",
    ]


def test_more_stages_than_expected_are_never_more_than_there_are():
    assert told(LINES, 1)[1] == "[2/2] train@a"


def test_a_stage_that_fails_still_tells_how_long_it_took():
    assert told(["Running stage 'train@a':\n"], 1)[-1] == "[1/1] train@a done in 5 s"
