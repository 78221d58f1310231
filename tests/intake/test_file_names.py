"""File names computed from their parts, such as a server and a site."""

from __future__ import annotations

from loyaltyctl.intake.file_names import hash_name


def test_a_name_depends_on_every_part_and_on_their_boundaries() -> None:
    names = {hash_name("a", "b"), hash_name("ab"), hash_name("b", "a"), hash_name("a", "b", ""), hash_name()}

    assert len(names) == 5
    assert all(len(name) == 16 and set(name) <= set("0123456789abcdef") for name in names)


def test_names_stay_the_same_between_versions() -> None:
    assert hash_name("http://127.0.0.1:8787", "sandbox") == "f739864cf9bb3cc2"


def test_any_text_has_a_name() -> None:
    assert hash_name("a\0/\n", "\udcff", "x" * 10_000)
