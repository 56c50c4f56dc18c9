"""The result of analyzing one study, complete and without files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from calcimeter.model.anatomy import Anatomy
from calcimeter.model.caveat import Caveat
from calcimeter.model.lesion import Category, Lesion, Side
from calcimeter.model.study import CTStudy


@dataclass(frozen=True, slots=True)
class Search:
    """What was looked at, and how small a deposit could be and still be found.

    Parameters
    ----------
    regions : tuple of str
        Body regions; empty where they are not known.
    examined_mm3 : float
        Volume of the body that was searched.
    threshold_hu : float
        HU above which a voxel is dense.
    detection_limit_mm3 : float or None
        Smallest sphere of 300 HU found with 95 % probability at this noise and spacing.
    not_examined : tuple of str
        What was left out, in words.
    """

    regions: tuple[str, ...]
    examined_mm3: float
    threshold_hu: float
    detection_limit_mm3: float | None
    not_examined: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """How HU become hydroxyapatite; ``level`` "none" gives no mass."""

    level: Literal["rod", "phantom", "internal", "nominal", "none"] = "none"
    mg_ha_per_ml_per_hu: float | None = None
    relative_uncertainty: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement that a diagnosis can rest on. ``present`` None: the study could not have shown it."""

    name: str
    present: bool | None
    because: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One change by a reader.

    Parameters
    ----------
    tracking_uids : tuple of str
        The lesions that it concerns; a merge has two or more.
    action : {"reject", "merge", "set"}
    category : Category or None
        For "set".
    side : str or None
        For "set".
    label : str or None
        A reader's name for the lesion, for "set".
    why : str
        The reader's reason, or "".
    """

    tracking_uids: tuple[str, ...]
    action: Literal["reject", "merge", "set"]
    category: Category | None = None
    side: Side | None = None
    label: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What makes the result repeatable."""

    version: str
    settings: dict[str, dict[str, object]]
    input_sha256: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class CTAnalysis:
    """Everything known of one CT study.

    Parameters
    ----------
    lesions : tuple of Lesion
        Soft tissue first, by volume; bone, metal, contrast and outside stand in ``set_aside``.
    set_aside : tuple of Lesion
        What was found and is not calcification of tissue; listed only on request.
    """

    study: CTStudy
    anatomy: Anatomy
    search: Search
    calibration: Calibration
    lesions: tuple[Lesion, ...]
    set_aside: tuple[Lesion, ...]
    caveats: tuple[Caveat, ...]
    provenance: Provenance

    def findings(self) -> tuple[Finding, ...]:
        """The statements that a diagnosis can rest on; false only where this study could have shown it."""
        soft = len(self.of_category(Category.SOFT_TISSUE))
        found = f"{soft} soft-tissue deposit{'s' if soft != 1 else ''} found"
        several = Finding("multifocal", present=True, because=found)
        one_study = Finding("multifocal", present=None, because="one study can't exclude deposits elsewhere")
        mineralized = Finding("mineralized", present=True, because=found) if soft else self._none_mineralized()
        return (mineralized, several if soft > 1 else one_study)

    def of_category(self, category: Category) -> tuple[Lesion, ...]:
        """Listed lesions of one category, by id."""
        return tuple(lesion for lesion in self.lesions if lesion.category is category)

    def _none_mineralized(self) -> Finding:
        """What it means that no soft-tissue deposit was found: nothing, where one may be listed as uncertain or hidden.

        Bone and what is fused to it are never searched; ``search.not_examined`` says so, and that is no open question.
        """
        limit_mm3 = self.search.detection_limit_mm3
        uncertain = len(self.of_category(Category.UNCERTAIN))
        met = {caveat.code for caveat in self.caveats}
        questions = {
            f"{uncertain} uncertain {'focus' if uncertain == 1 else 'foci'} may be one": uncertain > 0,
            "contrast medium may hide one": "CONTRAST_PRESENT" in met,
            "metal may hide one": "METAL_PRESENT" in met,
            "how small a deposit would be found is not known": limit_mm3 is None,
        }
        still_open = [question for question, is_open in questions.items() if is_open]
        if limit_mm3 is None or still_open:
            because = f"no soft-tissue deposit found, but {', '.join(still_open)}"
            return Finding("mineralized", present=None, because=because)
        return Finding("mineralized", present=False, because=f"none over {limit_mm3:.1f} mm3 in what was searched")
