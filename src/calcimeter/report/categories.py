"""Categories of dense objects as people read them."""

from __future__ import annotations

from calcimeter.model.lesion import Category
from calcimeter.report.wording import count

CATEGORY_TITLES: dict[Category, str] = {
    Category.SOFT_TISSUE: "Soft tissue",
    Category.JOINT: "Joint",
    Category.VISCERAL: "Organ or lymph node",
    Category.VASCULAR: "Vessel wall",
    Category.PHLEBOLITH: "Phlebolith",
    Category.CARTILAGE: "Cartilage",
    Category.STONE: "Stone",
    Category.BONE: "Bone",
    Category.METAL: "Metal",
    Category.CONTRAST: "Contrast medium",
    Category.OUTSIDE: "Outside the body",
    Category.UNCERTAIN: "Uncertain",
}

_CATEGORY_NOUNS: dict[Category, str] = {
    Category.SOFT_TISSUE: "soft-tissue calcification",
    Category.JOINT: "calcification inside a joint",
    Category.VISCERAL: "calcification of an organ or lymph node",
    Category.VASCULAR: "vessel-wall calcification",
    Category.PHLEBOLITH: "phlebolith",
    Category.CARTILAGE: "calcification of cartilage",
    Category.STONE: "stone",
    Category.BONE: "piece of bone",
    Category.METAL: "metal object",
    Category.CONTRAST: "collection of contrast medium",
    Category.OUTSIDE: "object outside the body",
    Category.UNCERTAIN: "dense focus of uncertain nature",
}


def count_category(n: int, category: Category) -> str:
    """A counted category: "two phleboliths"."""
    return count(n, _CATEGORY_NOUNS[category])
