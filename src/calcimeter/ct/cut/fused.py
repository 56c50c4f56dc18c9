"""What a plateau on bone is looked at in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import CutSettings
from calcimeter.geometry.morphology import dilate
from calcimeter.model.anatomy import Mask
from calcimeter.model.volume import Region, Volume

Labels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


class Remaining:
    """Labels of bones that lose what is cut off; most scans lose nothing, and are spared a copy of their labels."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels

    def lose(self, region: Region) -> None:
        """Voxels of a region are no bone any longer."""
        if not self.labels.flags.writeable:
            self.labels = self.labels.copy()
        self.labels[region.slices][region.mask] = 0


class Fused(NamedTuple):
    """A scan, its bones with what is fused to them, and a limit for cortex."""

    volume: Volume
    remaining: Remaining
    cortex_hu: float
    noise_hu: float
    settings: CutSettings

    @property
    def labels(self) -> Labels:
        """The bones without what was cut off so far."""
        return self.remaining.labels

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Spacing of the scan."""
        return self.volume.grid.spacing_mm

    @property
    def even_hu(self) -> float:
        """Standard deviation that noise and settling explain."""
        return max(self.settings.settled_sd_hu, self.settings.settled_sd_per_noise * self.noise_hu)

    def around(self, region: Region, margin_mm: float) -> Region:
        """The region in a box with room for a margin."""
        a, b, c = (int(margin_mm / d) + 1 for d in self.spacing_mm)
        return region.padded((a, b, c), self.volume.grid.shape)

    def holds(self, region: Region) -> bool:
        """Whether most of a region is still skeleton: what was cut off before may have taken it along."""
        return bool((self.labels[region.slices][region.mask] > 0).mean() > 0.5)

    def free(self, region: Region) -> float:
        """Share of the shell around a region that is no skeleton; 0 without a shell."""
        box = self.around(region, self.settings.shell_mm)
        shell = dilate(Mask.from_bool(box.mask), self.settings.shell_mm, self.spacing_mm).to_bool() & ~box.mask
        return float((self.labels[box.slices][shell] == 0).mean()) if shell.any() else 0.0
