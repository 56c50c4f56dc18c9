"""What is named to whom a term is refused."""

from __future__ import annotations

import pytest

from calcimeter.knowledge.vocabulary import nearest, vocabulary


@pytest.mark.parametrize(
    ("kind", "said", "first"),
    [
        ("diagnoses", "gout", "tophaceous_gout"),
        ("diagnoses", "Synovial-Sarcoma", "synovial_sarcoma"),
        ("analytes", "PTH", "pth_intact"),
        ("findings", "rim", "peripheral_rim_mineralization"),
        ("sites", "left hip", "hip"),
        ("history", "dialysys", "dialysis"),
        ("treatments", "thiosulfate", "sodium_thiosulfate"),
    ],
)
def test_a_term_that_shares_a_word_comes_before_one_that_is_spelled_alike(kind, said, first) -> None:
    assert nearest(said, vocabulary()[kind])[0] == first


def test_what_is_like_nothing_has_no_nearest_and_three_are_enough() -> None:
    assert nearest("xyz", vocabulary()["sites"]) == []
    assert len(nearest("calcification", vocabulary()["diagnoses"])) == 3
