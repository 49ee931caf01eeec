import pytest

from glyph_transfer.errors import InputError
from glyph_transfer.protocol.extending import extend_studies

BASE = {
    "draws": 30,
    "targets": ["digits", "letters"],
    "training": {"optimizer": "adam", "batch_size": 10},
    "variants": {
        "scratch": {"models": {"a": ["digits"], "b": ["digits"]}, "load": []},
        "frozen": {"models": {"a": ["digits"]}, "load": ["conv"]},
    },
}


def extended(path="params.yaml", **studies):
    return extend_studies({"base": BASE, **studies}, path)


def test_a_study_says_only_what_it_does_otherwise():
    study = extended(own={"extends": "base", "draws": 5, "training": {"batch_size": 20}})["own"]
    assert study == BASE | {"draws": 5, "training": {"optimizer": "adam", "batch_size": 20}}


def test_lists_and_mappings_of_a_variant_are_taken_whole():
    """Else a model or a target could never be left out."""
    own = {
        "extends": "base",
        "targets": ["fashion"],
        "variants": {"frozen": {"load": []}, "late": {"extends": "scratch", "models": {"c": []}}},
    }
    study = extended(own=own)["own"]
    assert study["targets"] == ["fashion"]
    assert study["variants"]["frozen"] == {"models": {"a": ["digits"]}, "load": []}
    assert study["variants"]["late"] == {"models": {"c": []}, "load": []}
    assert [*study["variants"]] == ["scratch", "frozen", "late"], "cells keep their order"


def test_what_is_extended_may_extend_another_and_stays_as_it_is():
    studies = extended(own={"extends": "base", "draws": 5}, twice={"extends": "own", "seed": 1})
    assert studies["twice"] == BASE | {"draws": 5, "seed": 1}
    assert studies["base"] == BASE


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"extends": "few"}, r"studies\.own: extends 'few', .* there are base, own"),
        ({"extends": "own"}, r"studies\.own: extends itself \(own -> own\)"),
        (
            {"extends": "base", "variants": {"frozen": {"extends": "warm"}}},
            r"studies\.own\.variants\.frozen: extends 'warm', .* there are scratch, frozen",
        ),
    ],
)
def test_what_cannot_be_extended_is_named(own, message):
    with pytest.raises(InputError, match=message):
        extended(own=own)


def test_a_circle_is_told():
    with pytest.raises(InputError, match="one -> two -> one"):
        extended(one={"extends": "two"}, two={"extends": "one"})
