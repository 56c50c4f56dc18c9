"""What is known of one radiograph: its deposits, what can't be told from bone, and what that says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from calcimeter.model.analysis import Provenance
from calcimeter.model.case import Case, StatedLesion
from calcimeter.model.caveat import Caveat
from calcimeter.model.chemistry import Chemistry
from calcimeter.model.differential import Differential, RedFlag, flags_of
from calcimeter.model.finding import Finding
from calcimeter.model.radiograph import Radiograph, RadiographDeposit, Suspect


@dataclass(frozen=True, slots=True)
class Brooker:
    """Brooker's class of ectopic bone about the hip; None where it can't be told, and why."""

    grade: Literal[0, 1, 2, 3, 4] | None
    because: str


@dataclass(frozen=True, slots=True, eq=False)
class RadiographAnalysis:
    """Everything known of one radiograph.

    Parameters
    ----------
    deposits : tuple of RadiographDeposit
        By area.
    suspects : tuple of Suspect
        The one most unlike bone first.
    examined_px : int
        Pixels that were searched; 0 where deposits were pointed to.
    brooker : Brooker or None
        None where it was not asked for.
    """

    study: Radiograph
    deposits: tuple[RadiographDeposit, ...]
    suspects: tuple[Suspect, ...]
    examined_px: int
    caveats: tuple[Caveat, ...]
    provenance: Provenance
    brooker: Brooker | None = None
    chemistry: Chemistry | None = None
    differential: Differential | None = None

    def findings(self) -> tuple[Finding, ...]:
        """The statements that a diagnosis can rest on; a radiograph excludes none of them."""
        return radiograph_findings(self.deposits, len(self.suspects))

    def red_flags(self) -> tuple[RedFlag, ...] | None:
        """What must not be missed; None: nothing was asked."""
        return flags_of(self.differential, self.chemistry)


def radiograph_findings(deposits: tuple[RadiographDeposit, ...], suspects: int) -> tuple[Finding, ...]:
    """Mineral, and whether there is more than one place of it."""
    sides = {deposit.side for deposit in deposits}
    if deposits:
        count = f"{len(deposits)} deposit{'' if len(deposits) == 1 else 's'} on the radiograph"
        mineral = Finding("mineralized", present=True, because=count)
    else:
        because = f"{suspects} shadows may be one" if suspects else "bone may hide one on a radiograph"
        mineral = Finding("mineralized", present=None, because=f"none found, but {because}")
    both = {"left", "right"} <= sides
    because = "on both sides" if both else "one radiograph can't exclude deposits elsewhere"
    return mineral, Finding("multifocal", present=True if both else None, because=because)


def with_shadows(case: Case, deposits: tuple[RadiographDeposit, ...], study: Radiograph) -> Case:
    """The case with the deposits of a radiograph beside those that a reader described; sizes in the patient alone."""
    true = study.calibration.plane == "patient"
    stated = tuple(
        StatedLesion(
            site=study.body_part,
            side=one.side,
            long_axis_cm=one.long_axis_mm.value / 10 if true and one.long_axis_mm else None,
            short_axis_cm=one.short_axis_mm.value / 10 if true and one.short_axis_mm else None,
            modality=study.modality,
        )
        for one in deposits
    )
    return replace(case, lesions=(*case.lesions, *stated))
