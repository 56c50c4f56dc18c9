"""Brooker's class of ectopic bone about the hip, where a radiograph tells it.

Brooker et al., J Bone Joint Surg Am 1973;55:1629: I islands of bone in soft tissue; II spurs from pelvis or femur that
leave 1 cm or more between them; III less than 1 cm; IV ankylosis. II to IV rest on the edges of pelvis and femur, which
are not outlined here.
"""

from __future__ import annotations

from calcimeter.model.radiograph import FRONTAL, Radiograph, RadiographDeposit
from calcimeter.model.radiograph_analysis import Brooker

ON_BONE = frozenset({"DEPOSIT_OVER_BONE"})
"""Caveats of a deposit that may be a spur of bone."""


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
    attached = [one.id for one in deposits if set(one.caveats) & ON_BONE]
    if attached:
        numbers = ", ".join(map(str, attached))
        return Brooker(None, f"deposit {numbers} lies on or over bone: spurs, and the gap between them, can't be told")
    if not searched:
        return Brooker(None, "only deposits that were pointed to are known: spurs elsewhere were not looked for")
    return Brooker(1, "islands in soft tissue, none on bone; that they are bone and not calcium is not shown by it")
