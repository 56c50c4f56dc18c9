"""What the words and codes of a radiograph's header mean, read from ``xr_images.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Literal

from calcimeter.knowledge.table import read_table

View = Literal["anteroposterior", "posteroanterior", "lateral", "oblique", "other"]


def is_radiograph(modality: str) -> bool:
    """Whether images of a modality are plain radiographs."""
    return modality in _known()["modality"]["taken"]


def refused_modality(modality: str) -> str | None:
    """What images of a modality are, where they were made with X-rays or are pictures; None of radiographs, CT, NM."""
    name: str | None = _known()["modality"]["refused"].get(modality)
    return name


def is_secondary_capture(class_uid: str) -> bool:
    """Whether a file is a picture of a screen or of a film."""
    return class_uid in _known()["class"]["secondary_capture"]


def is_radiograph_class(class_uid: str) -> bool:
    """Whether a file is of one of the classes of plain radiographs."""
    return class_uid in _known()["class"]["radiograph"]


def view_of_position(text: str) -> View | None:
    """The view that a View Position names; None where it names none."""
    found: View | None = _known()["view"]["position"].get(text.strip().upper())
    return found


def view_of_code(value: str) -> View | None:
    """The view that a code names; None where it is not known."""
    found: View | None = _known()["view"]["code"].get(value.strip())
    return found


def describes_no_frontal(texts: Iterable[str]) -> bool:
    """Whether descriptions name another view than a frontal one."""
    pattern = _known()["view"]["not_frontal"]
    return any(re.search(pattern, re.sub(r"[_\W]+", " ", text), re.IGNORECASE) for text in texts)


def laterality_of(text: str) -> Literal["left", "right", "none"] | None:
    """The side that a tag or a code names, "none" where it names both or none; None where it is no such word."""
    word = text.strip().upper()
    for side in ("left", "right", "none"):
        if word in _known()["laterality"][side]:
            return side
    return None


def side_described(texts: Iterable[str]) -> Literal["left", "right"] | None:
    """The one side that descriptions name by a word; None where they name none, or both."""
    plain = [re.sub(r"[_\W]+", " ", text).strip() for text in texts]
    named = {
        side
        for side, patterns in _known()["laterality"]["words"].items()
        if any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns for text in plain)
    }
    if named == {"left"}:
        return "left"
    return "right" if named == {"right"} else None


def describes_both(texts: Iterable[str]) -> bool:
    """Whether descriptions say by a word that an image is of both sides."""
    pattern = _known()["laterality"]["both"]
    return any(re.search(pattern, re.sub(r"[_\W]+", " ", text), re.IGNORECASE) for text in texts)


def site_of(body_part: str) -> str | None:
    """The site of a Body Part Examined; None where it is none of the vocabulary's."""
    site: str | None = _known()["body_part"]["sites"].get(_word(body_part))
    return site


def is_unpaired(body_part: str) -> bool:
    """Whether an image of a body part shows both sides of the body."""
    return _word(body_part) in _known()["body_part"]["unpaired"]


def _word(body_part: str) -> str:
    return re.sub(r"[^A-Z]", "", body_part.upper())


@cache
def _known() -> dict[str, Any]:
    return read_table("xr_images.toml")
