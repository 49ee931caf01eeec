import hashlib
import re
from collections import Counter
from importlib import import_module

import pytest

from glyph_transfer.images import roles
from glyph_transfer.images.catalogue import ROLES
from glyph_transfer.images.roles import _emnist

NAMES = ["digits", "letters", "fashion", "balanced", "bymerge"]
KEYS = ["train_images", "train_labels", "test_images", "test_labels"]


def files(role):
    return [file for form in role.forms for file in form.files.values()]


def test_checksums_are_those_published():
    """One mistyped digit makes an official file unusable: this digest was made apart."""
    lines = sorted(
        f"{file.sha256}  {file.size}  {role.name}  {file.name}\n"
        for role in (ROLES[name] for name in NAMES)
        for file in files(role)
        if file.size  # published
    )
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert digest == "300a0d455d832f3ecab59d9471fe74b2b5b4b1ef34a4134f0c5f68949af459e3"
    assert _emnist.ZIP.size == 561_753_746
    assert _emnist.ZIP.sha256.startswith("fb9bb67e33772a9c") and len(_emnist.ZIP.sha256) == 64


def test_roles_are_found_by_their_own_name():
    assert set(ROLES) == set(roles.names()) >= set(NAMES)
    assert all(role.name == name for name, role in ROLES.items())


@pytest.mark.parametrize("name", ROLES)
def test_the_table_of_a_file_says_what_its_role_says(name):
    """Readers look at the table, programs at the role."""
    role, text = ROLES[name], import_module(f"{roles.__name__}.{name}").__doc__
    table = dict(re.findall(r"^\| (.+?) \| (.+) \|$", text, re.MULTILINE))
    assert table["classes"].startswith(str(len(role.classes)))
    assert f"{role.train_size:,} for training, {role.test_size:,} for testing" in table["images"]
    assert table["orientation"].startswith("rows" if role.transposed else "upright")
    assert table["first label"] == str(role.first_label)
    assert ("archive" if role.archive else "`mirrors`") in table["addresses"]
    for fact in ("licence", "citation", "source_page"):
        assert table[fact.replace("_", " ")] == getattr(role, fact) != ""


@pytest.mark.parametrize(
    ("name", "k", "first", "last", "train_size", "test_size"),
    [
        ("digits", 10, "0", "9", 60_000, 10_000),
        ("fashion", 10, "T-shirt/top", "Ankle boot", 60_000, 10_000),
        ("letters", 26, "A", "Z", 124_800, 20_800),
        ("balanced", 47, "0", "t", 112_800, 18_800),
        ("bymerge", 47, "0", "t", 697_932, 116_323),
    ],
)
def test_classes_and_published_sizes(name, k, first, last, train_size, test_size):
    role = ROLES[name]
    assert len(set(role.classes)) == len(role.classes) == k
    assert (role.classes[0], role.classes[-1]) == (first, last)
    assert (role.train_size, role.test_size) == (train_size, test_size)


def test_merged_classes_are_in_the_order_of_the_labels():
    """emnist-balanced-mapping.txt: 10 is A, 35 is Z, 36 is a, 37 is b, 38 is d, 46 is t."""
    classes = ROLES["balanced"].classes
    assert [classes[label] for label in (9, 10, 35, 36, 37, 38, 46)] == list("9AZabdt")
    assert ROLES["bymerge"].classes == classes


def test_only_emnist_is_transposed_and_only_letters_start_at_one():
    assert {role.name for role in ROLES.values() if role.transposed} == {
        "letters",
        "balanced",
        "bymerge",
    }
    assert {name: role.first_label for name, role in ROLES.items() if role.first_label} == {
        "letters": 1
    }


@pytest.mark.parametrize("role", ROLES.values(), ids=lambda role: role.name)
def test_the_official_form_comes_first_and_can_be_had(role):
    official = role.forms[0]
    assert official.kind == "idx"
    assert list(official.files) == KEYS
    assert all(file.size and file.sha256 for file in official.files.values())
    assert bool(role.mirrors) != bool(role.archive)
    assert all(mirror.endswith("/") for mirror in role.mirrors)


@pytest.mark.parametrize("role", ROLES.values(), ids=lambda role: role.name)
def test_a_file_name_stands_for_one_thing_within_a_role(role):
    names = Counter(file.name for file in files(role))
    assert set(names.values()) == {1}


def test_only_mnist_and_fashion_share_file_names():
    names = Counter(
        file.name for role in ROLES.values() for file in {f.name: f for f in files(role)}.values()
    )
    shared = {name.removesuffix(".gz") for name, count in names.items() if count > 1}
    assert shared == {
        file.name.removesuffix(".gz") for file in ROLES["digits"].forms[0].files.values()
    }


def test_checksums_of_what_official_files_hold_are_those_computed():
    """From the official files; that of Fashion-MNIST's training images is published too."""
    contents = [file.content for role in ("digits", "fashion") for file in files(ROLES[role])]
    known = sorted({content for content in contents if content})
    assert len(known) == 8
    assert "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888" in known
    digest = hashlib.sha256("\n".join(known).encode()).hexdigest()
    assert digest == "7d3235e6dc71fbb5fc57885afdf591390e3e20d6a75f4baa1933ca2cbd64f654"
