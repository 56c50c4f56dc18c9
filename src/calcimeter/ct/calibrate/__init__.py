"""How HU become hydroxyapatite: study, anatomy and what a person brings -> calibration.

rods.py     rods of known density in the images
rod_box.py  the HU of one, and its beam
phantom.py  a phantom that was scanned apart
tissues.py  the patient's own air, muscle, fat and size
tube.py     tabulated attenuation at the tube voltage
"""

from __future__ import annotations

from calcimeter.ct.calibrate.phantom import from_phantom
from calcimeter.ct.calibrate.rods import from_rods
from calcimeter.ct.calibrate.tissues import from_tissues, tissues_of
from calcimeter.ct.calibrate.tube import nominal, tube_of
from calcimeter.ct.settings import CalibrationSettings
from calcimeter.model.anatomy import Anatomy
from calcimeter.model.calibration import Calibration, CalibrationReference
from calcimeter.model.study import CTStudy


def calibrate(
    study: CTStudy, anatomy: Anatomy, reference: CalibrationReference | None, settings: CalibrationSettings
) -> Calibration:
    """The best calibration that the scan allows: rods, a phantom, the patient's own tissues, nominal, none.

    A rod or a phantom that contradicts the scan is refused and not passed over: who brings one means it to be used.
    Tissues that are not found or do not agree with what is tabulated are passed over, with the reason.

    Parameters
    ----------
    reference : CalibrationReference or None
        Rods in the images, or what a phantom gave.

    Returns
    -------
    Calibration
        Level "none" without rods where the tube voltage is not known or outside 70 to 150 kV, or where images were
        computed for one photon energy or are of a cone-beam scanner.

    Raises
    ------
    UnsupportedStudy
        Rods outside the images, uneven, contradicting each other, or with a slope that hydroxyapatite can't have; a
        phantom scanned at another voltage.
    """
    tube, why_not = tube_of(study)
    if reference is not None and reference.rods:
        return from_rods(study, anatomy, reference.rods, tube, settings)
    if reference is not None and reference.phantom is not None:
        return from_phantom(study, reference.phantom, tube, settings)
    if tube is None:
        return Calibration(because=why_not)
    tissues, missing = tissues_of(study.volume, anatomy, settings)
    if tissues is None:
        return nominal(tube, missing)
    return from_tissues(tube, tissues, settings)
