"""Brooker's class of ectopic bone about the hip, where a radiograph tells it.

Brooker et al., J Bone Joint Surg Am 1973;55:1629: I islands of bone in soft tissue; II spurs from pelvis or femur that
leave 1 cm or more between them; III less than 1 cm; IV ankylosis. II to IV rest on which bone a spur comes from, and on
the edges of pelvis and femur, which are not outlined here: of two deposits on bone the way between them is told, with
the class that it would mean, and no class.
"""

from __future__ import annotations

import numpy as np

from calcimeter.model.measures import Estimate
from calcimeter.model.radiograph import FRONTAL, Radiograph, RadiographDeposit
from calcimeter.model.radiograph_analysis import Brooker

ON_BONE = frozenset({"DEPOSIT_OVER_BONE"})
"""Caveats of a deposit that may be a spur of bone."""
LIMIT_MM = 10.0
"""Between opposing surfaces of bone, from which it is class II [Brooker]."""
GAP_ERROR_PX = 4.0
"""How far off the way between two outlines may be, 95 %: two pixels an outline [chosen]."""


def tell_brooker(study: Radiograph, deposits: tuple[RadiographDeposit, ...], *, searched: bool) -> Brooker:
    """The class; None, with the reason, wherever it can't be told.

    Parameters
    ----------
    searched : bool
        Whether deposits were searched for; else a reader pointed to them, and others may be there.
    """
    if study.body_part not in ("hip", "pelvis") or study.view not in FRONTAL:
        return Brooker(None, "the header does not call it a frontal radiograph of the hip")
    if not deposits:
        said = "none was found" if searched else "none was measured"
        return Brooker(None, f"{said}, but a radiograph can hide ectopic bone behind the hip: class 0 is not given")
    attached = tuple(one for one in deposits if set(one.caveats) & ON_BONE)
    if attached:
        return Brooker(None, _of_spurs(study, attached))
    if not searched:
        return Brooker(None, "only deposits that were pointed to are known: spurs elsewhere were not looked for")
    return Brooker(1, "islands in soft tissue, none on bone; that they are bone and not calcium is not shown by it")


def _of_spurs(study: Radiograph, attached: tuple[RadiographDeposit, ...]) -> str:
    """Why deposits on bone have no class, and the one they would have if they were spurs that face each other."""
    numbers = " and ".join(str(one.id) for one in attached)
    why = f"deposit {numbers} on or over bone: whether it is a spur, and of which bone, can't be told"
    if len(attached) != 2 or study.calibration.plane == "none":
        return why
    away_px = _gap_px(attached[0], attached[1])
    gap = study.calibration.length(Estimate(away_px, max(away_px - GAP_ERROR_PX, 0.0), away_px + GAP_ERROR_PX))
    if gap is None or gap.low is None or gap.high is None:
        return why
    grade = "II" if gap.low >= LIMIT_MM else "III" if gap.high < LIMIT_MM else "II or III"
    between = f"{gap.value:.0f} mm ({gap.low:.0f} to {gap.high:.0f})"
    return f"{why}; they lie {between} apart, which is class {grade} if they are spurs of pelvis and femur"


def _gap_px(one: RadiographDeposit, other: RadiographDeposit) -> float:
    """The least way between two outlines."""
    away = one.outline_px[:, None, :] - other.outline_px[None, :, :]
    return float(np.hypot(away[..., 0], away[..., 1]).min())
