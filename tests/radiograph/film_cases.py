"""Small images whose deposit is known in closed form."""

import numpy as np

from calcimeter.model.plane import PlaneCalibration
from calcimeter.model.radiograph import Radiograph


def study(values, *, exposed=None, plane=None):
    values = np.asarray(values, dtype=np.float32)
    nothing = np.zeros(values.shape, dtype=bool)
    return Radiograph(
        values=values,
        exposed=~nothing if exposed is None else exposed,
        marked=nothing,
        saturated=nothing,
        calibration=plane or PlaneCalibration(),
        view="anteroposterior",
        body_part=None,
        laterality=None,
        columns_toward=None,
        bits=14,
        source_format="dicom",
        modality="DX",
        study_uid=None,
        series_uid=None,
        input_sha256="0" * 64,
    )


def shadow(radii=(30.0, 20.0), middle=(130.0, 118.0), *, power=0.5, noise=4.0, seed=1, turn=0.0):
    """An ellipse whose gray levels rise from its border as a power: 0 a plate, one half a rounded body."""
    rows, columns = np.indices((240, 260))
    x, y = columns - middle[0], rows - middle[1]
    u, v = x * np.cos(turn) + y * np.sin(turn), -x * np.sin(turn) + y * np.cos(turn)
    depth = np.clip(1 - (u / radii[0]) ** 2 - (v / radii[1]) ** 2, 0, None)
    body = 100.0 * np.where(depth > 0, depth**power, 0.0)
    slope = 0.15 * columns - 0.1 * rows
    return 500 + slope + body + noise * np.random.default_rng(seed).standard_normal(rows.shape)
