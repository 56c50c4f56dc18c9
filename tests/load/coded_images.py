"""Images compressed in every coding, for the tests of decoding."""

from __future__ import annotations

import numpy as np
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless

from calcimeter.load.dicom.decode import RLE

J2K, JPEG_LS = str(JPEG2000Lossless), str(JPEGLSLossless)
SYNTAXES = (RLE, J2K, JPEG_LS)


def encoded(stored: np.ndarray, syntax: str, bits: int) -> bytes:
    """One image, compressed; its sign is that of the array."""
    import jpeg_ls
    import openjpeg
    import rle

    rows, columns = stored.shape
    size = {"rows": rows, "columns": columns, "samples_per_pixel": 1, "bits_allocated": 16, "number_of_frames": 1}
    if syntax == RLE:
        return bytes(rle.encode_pixel_data(stored.tobytes(), byteorder="<", **size))
    signed = stored.dtype.kind == "i"
    if syntax == J2K:
        size |= {"bits_stored": bits, "pixel_representation": int(signed), "photometric_interpretation": "MONOCHROME2"}
        return bytes(openjpeg.encode_pixel_data(stored.tobytes(), **size))
    bare = stored.view(np.uint16) & np.uint16((1 << bits) - 1)
    return bytes(
        jpeg_ls.encode_pixel_data(
            bare.tobytes(), rows=rows, columns=columns, samples_per_pixel=1, bits_allocated=16, bits_stored=bits
        )
    )


def noise(*, bits: int, signed: bool, seed: int = 0, shape: tuple[int, int] = (33, 40)) -> np.ndarray:
    low = -(1 << bits - 1) if signed else 0
    return np.random.default_rng(seed).integers(low, low + (1 << bits), shape).astype("<i2" if signed else "<u2")
