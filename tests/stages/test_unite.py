"""The sets of several roles as one: its file, its facts and its record."""

from pathlib import Path

import numpy as np
import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.files import read_json, write_json
from glyph_transfer.images import sets
from glyph_transfer.layout import record_file, set_facts_file, set_file, sheet_file
from glyph_transfer.stages import unite
from glyph_transfer.tracking.records import read_record


@pytest.fixture(scope="module")
def united(project):
    """The digits are unofficial, and the letters have classes of other names."""
    text = Path("params.yaml").read_text()
    Path("params.yaml").write_text(text + "unions: {characters: [letters, digits]}\n")
    letters = sets.load(set_file("embedded", "letters"))
    letters = sets.ImageSet(tuple("KLMNOPQRST"), letters.train, letters.validation, letters.test)
    sets.save(letters, set_file("embedded", "letters"))
    for role, provenance in (("digits", "unofficial"), ("letters", "generated")):
        path = set_facts_file("embedded", role)
        files = [{"name": f"{role}.gz", "sha256": "0" * 64}]
        write_json(path, read_json(path) | {"provenance": provenance, "files": files, "role": role})
    unite.main("embedded", "characters")
    return project


@pytest.mark.usefixtures("united")
def test_the_set_is_of_both():
    whole = sets.load(set_file("embedded", "characters"))
    parts = {role: sets.load(set_file("embedded", role)) for role in ("letters", "digits")}
    expected = sets.unite("characters", parts, 1)
    assert whole.classes == (*"KLMNOPQRST", *"ABCDEFGHIJ")
    np.testing.assert_array_equal(whole.train.images, expected.train.images)
    np.testing.assert_array_equal(whole.test.labels, expected.test.labels)


@pytest.mark.usefixtures("united")
def test_its_facts_name_the_files_of_both_and_the_least_official_of_them():
    facts = read_json(set_facts_file("embedded", "characters"))
    assert facts["provenance"] == "unofficial"
    named = [(file["role"], file["name"]) for file in facts["files"]]
    assert named == [("letters", "letters.gz"), ("digits", "digits.gz")]
    assert facts["splits"]["train"]["images"] == 80
    record = read_record(record_file("embedded", "unite_characters"))
    assert record.params == {"classes": 20}
    assert str(sheet_file("embedded", "characters")) in record.artifacts


@pytest.mark.usefixtures("united")
def test_an_unknown_union_lists_those_there_are():
    with pytest.raises(InputError, match=r"unknown union 'all'; .*: characters"):
        unite.main("embedded", "all")
