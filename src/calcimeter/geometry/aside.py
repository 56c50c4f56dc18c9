"""Where a scan holds what its result does not list: what another date has to know before it says new or gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calcimeter.model.result import REJECTED, AsideResult

if TYPE_CHECKING:
    from calcimeter.model.analysis import CTAnalysis
    from calcimeter.model.grid import FloatArray, Grid
    from calcimeter.model.volume import Region

ASIDE_POINTS = 4000
"""Of each at most: as many as comparing asks of a deposit."""


def left_aside(analysis: CTAnalysis) -> tuple[AsideResult, ...]:
    """What was set aside by category, and what a reader rejected; coordinates to the precision of a file."""
    grid = analysis.study.volume.grid
    by_category = [
        AsideResult(
            lesion.category.value,
            "EDITED_BY_READER" in lesion.deposit.caveats,
            _points_mm(lesion.deposit.envelope, grid),
        )
        for lesion in analysis.set_aside
    ]
    rejected = [
        AsideResult(REJECTED, by_reader=True, points_mm=_points_mm(one.envelope, grid)) for one in analysis.rejected
    ]
    return (*by_category, *rejected)


def _points_mm(region: Region, grid: Grid) -> FloatArray:
    """Evenly many voxels, LPS mm."""
    index = region.indices()
    points: FloatArray = grid.to_patient(index[:: max(1, -(-len(index) // ASIDE_POINTS))])
    return points.astype(np.float32).astype(np.float64)
