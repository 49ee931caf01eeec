"""What studies are held against, in a file beside the parameters."""

import re

import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.protocol import params

QUESTIONS = """\
few:
  question: Which of the sources?
  note: Nothing is stated.
  claims:
    sizes: {text: Fewer are worse., cell: digits/tominet/none/scratch/10,
            than: digits/tominet/none/scratch/20, expects: lower}
"""


@pytest.fixture
def asked(written):
    """Write parameters without what `few` asks, and QUESTIONS with one replacement beside them."""

    def write(old="", new=""):
        assert old in QUESTIONS
        path = written()
        own = r"    (question: Which|published)(.|\n)*?(?=    targets|  own:)"
        path.write_text(re.sub(own, "", path.read_text()))
        path.with_name("published.yaml").write_text(QUESTIONS.replace(old, new, 1))
        return path

    return write


def test_what_a_study_is_held_against_may_stand_in_a_file_beside(asked):
    few = params.load(asked()).studies["few"]
    assert few.question == "Which of the sources?"
    assert few.note == "Nothing is stated."
    assert few.claims["sizes"].expects == "lower"
    assert few.draws == 3


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("few:", "many:", r"unknown study 'many'; params\.yaml has few, own"),
        ("few:", "own:", r"params\.yaml has \['question'\] of the study 'own' too"),
        ("  note:", "  draws: 3\n  note:", r"1 fault\(s\)\n  few\.draws: unknown key"),
        ("expects: lower", "expects: less", r"1 fault\(s\)\n.*expects: .*, found 'less'"),
        ("question:", "question: {", "not valid YAML"),
    ],
)
def test_mistakes_in_that_file_are_told_with_its_name(asked, old, new, fault):
    path = asked(old, new)
    with pytest.raises(InputError, match=rf"(?s)published\.yaml: {fault}"):
        params.load(path)


@pytest.mark.parametrize("text", ["studies: 3\n", "- few\n", "studies: {few: 3}\n", ""])
def test_studies_of_another_form_are_told_with_a_file_beside_them_too(asked, text):
    path = asked()
    path.write_text(text)
    with pytest.raises(InputError, match=r"params\.yaml: \d+ fault\(s\)"):
        params.load(path)
