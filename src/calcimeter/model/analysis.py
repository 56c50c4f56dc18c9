"""The result of analyzing one study, complete and without files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from calcimeter.model.anatomy import Anatomy
from calcimeter.model.calibration import Calibration
from calcimeter.model.caveat import Caveat
from calcimeter.model.chemistry import Chemistry
from calcimeter.model.comparison import Comparison
from calcimeter.model.ct_findings import ct_findings
from calcimeter.model.differential import Differential, RedFlag, flags_of
from calcimeter.model.finding import Finding
from calcimeter.model.lesion import Category, Deposit, Lesion, Side
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
    side_unknown : bool
        For "set": the reader says that the side is not known.
    """

    tracking_uids: tuple[str, ...]
    action: Literal["reject", "merge", "set"]
    category: Category | None = None
    side: Side | None = None
    label: str | None = None
    why: str = ""
    side_unknown: bool = False


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
    rejected : tuple of Deposit
        What a reader rejected: measured no further, and listed nowhere.
    chemistry : Chemistry or None
        What blood results say; None where none were given.
    comparison : Comparison or None
        With an earlier study, where one was given; tracking UIDs are then those of the earlier study.
    differential : Differential or None
        None where no deposit was found that a diagnosis could explain.
    """

    study: CTStudy
    anatomy: Anatomy
    search: Search
    calibration: Calibration
    lesions: tuple[Lesion, ...]
    set_aside: tuple[Lesion, ...]
    caveats: tuple[Caveat, ...]
    provenance: Provenance
    chemistry: Chemistry | None = None
    differential: Differential | None = None
    comparison: Comparison | None = None
    rejected: tuple[Deposit, ...] = ()

    def findings(self) -> tuple[Finding, ...]:
        """The statements that a diagnosis can rest on; false only where this study could have shown it."""
        codes = frozenset(caveat.code for caveat in self.caveats)
        return ct_findings(self.lesions, codes, self.search.detection_limit_mm3, self.taken_out)

    @property
    def taken_out(self) -> int:
        """How many foci a reader rejected, or called something that is no calcification of tissue."""
        return len(self.rejected) + sum("EDITED_BY_READER" in one.deposit.caveats for one in self.set_aside)

    def red_flags(self) -> tuple[RedFlag, ...] | None:
        """What must not be missed; a critical result also where nothing is ranked. None: nothing was asked."""
        return flags_of(self.differential, self.chemistry)

    def of_category(self, category: Category) -> tuple[Lesion, ...]:
        """Listed lesions of one category, by id."""
        return tuple(lesion for lesion in self.lesions if lesion.category is category)
