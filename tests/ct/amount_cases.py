"""Parts measured in a limb without bone, by the true blur of their scan."""

from __future__ import annotations

from functools import cache

import numpy as np
from ct_cases import acquisition, anatomy_of, dense_of, limb, study_of
from scipy import ndimage

from calcimeter.ct.amount import measure_amounts
from calcimeter.ct.outline import outline_deposits
from calcimeter.ct.settings import AmountSettings, OutlineSettings
from calcimeter.model.calibration import Calibration
from calcimeter.model.candidate import Group, Verdict
from calcimeter.model.conditions import Conditions
from calcimeter.model.lesion import Category
from calcimeter.model.measures import Gravity, Resolution
from calcimeter.model.volume import Region
from calcimeter.phantom.acquire import expose
from calcimeter.phantom.parts import filled
from calcimeter.phantom.solids import sphere

SLOPE = 0.8
NO_GRAVITY = Gravity(None, "not asked")
ROD = Calibration("rod", SLOPE, 0.03, "a rod")
CENTER = (20.3, 3.2, 0.7)


def ball_mm3(radius_mm):
    return 4 / 3 * np.pi * radius_mm**3


def resolution_of(acquired, *, factor=1.0, relative_sd=0.06):
    """What measuring the scan's blur without error would give: blur and pixel together."""
    pixel = acquired.spacing_mm[1] / np.sqrt(12) * 2.3548
    return Resolution(
        float(np.hypot(acquired.blur_fwhm_mm, pixel)) * factor, acquired.slice_thickness_mm, relative_sd, "known"
    )


def deposits_of(volume, anatomy):
    """Everything dense as one deposit, specks of noise left out."""
    parts, _ = ndimage.label(volume.values > 130, np.ones((3, 3, 3)))
    sizes = np.bincount(parts.ravel())[1:]
    regions = tuple(Region.from_indices(np.argwhere(parts == k + 1)) for k in np.flatnonzero(sizes >= 12))
    group = Group(regions, Verdict(Category.SOFT_TISSUE, 0.8, ("because",)))
    return outline_deposits(study_of(volume), (group,), dense_of(volume), anatomy, OutlineSettings())


@cache
def measured(part, spacing=(1.0, 0.8, 0.8), calibration=ROD, factor=1.0, **changes):
    """The amount of one part in a limb without bone."""
    acquired = acquisition(spacing, 50.0, **changes)
    volume = expose(limb((part,), shaft=False), acquired)
    body = volume.values > -400
    anatomy = anatomy_of(volume.grid.shape, body=ndimage.binary_opening(body), noise_hu=acquired.noise_hu)
    deposits = deposits_of(volume, anatomy)
    resolution = resolution_of(acquired, factor=factor)
    (amount,) = measure_amounts(
        volume, deposits, anatomy, Conditions(calibration, resolution, NO_GRAVITY), AmountSettings()
    )
    return amount


def ball(radius_mm, hu=455, samples=8, center=CENTER):
    return filled(sphere(center, radius_mm), hu, samples)
