"""The analysis of a radiograph from what was found on it: sides, Brooker's class, caveats."""

from __future__ import annotations

from calcimeter.model.analysis import Provenance
from calcimeter.model.caveat import caveat
from calcimeter.model.radiograph import Radiograph
from calcimeter.model.radiograph_analysis import RadiographAnalysis
from calcimeter.radiograph.brooker import tell_brooker
from calcimeter.radiograph.look import Found
from calcimeter.radiograph.side import tell_sides


def assemble(study: Radiograph, found: Found, provenance: Provenance, *, brooker: bool) -> RadiographAnalysis:
    """Everything known of a radiograph but what it may mean.

    Parameters
    ----------
    brooker : bool
        Whether Brooker's class is asked for.
    """
    deposits, codes = tell_sides(study, found.deposits)
    codes = found.codes | codes | {code for one in deposits for code in one.caveats}
    return RadiographAnalysis(
        study=study,
        deposits=deposits,
        suspects=found.suspects,
        examined_px=found.examined_px,
        caveats=tuple(caveat(code) for code in sorted(codes)),
        provenance=provenance,
        brooker=tell_brooker(study, deposits, searched=found.examined_px > 0) if brooker else None,
    )
