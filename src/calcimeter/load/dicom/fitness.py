"""What speaks against measuring a series: everything at once, in words."""

from __future__ import annotations

from collections.abc import Sequence

from calcimeter.errors import GeometryError, Refused, UnsupportedStudy
from calcimeter.load.dicom.header import MULTI_FRAME_CT, NATIVE, PIXEL_BYTES, Header
from calcimeter.load.dicom.kind import SAID_IN, is_localizer, modality_name, monoenergetic, not_slices
from calcimeter.load.dicom.padding import padding_numbers
from calcimeter.load.dicom.stack import Stack

CT_IMAGES = ("1.2.840.10008.5.1.4.1.1.2", *MULTI_FRAME_CT)
"""CT, enhanced CT and legacy converted enhanced CT image storage."""

PATIENT_HU = (-900.0, 3071.0)
"""Between lung and metal: padding is below, or beyond the scale. Lung of -900 HU and less is next to gas."""

STORED_AS = (
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "RescaleSlope",
    "RescaleIntercept",
)
"""Where a header says how its pixels are stored."""

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def refusal_of(stack: Stack) -> Refused | None:
    """Why the images of a stack can't be measured.

    Returns
    -------
    Refused or None
        With every reason in its message; None where nothing speaks against it.
    """
    headers = stack.headers
    other = _other_than_ct(headers)
    if other:
        return UnsupportedStudy(other)
    pixels = _pixel_problems(headers)
    files = tuple(dict.fromkeys(str(header.path) for header in headers if _is_short(header)))
    if pixels:
        return UnsupportedStudy("; ".join([*pixels, *stack.problems]), files=files)
    return GeometryError("; ".join(stack.problems)) if stack.problems else None


def is_ct(stack: Stack) -> bool:
    """Whether the images are slices of CT, fit to be measured or not: another object is nobody's first choice."""
    return not _other_than_ct(stack.headers)


def is_secondary_capture(header: Header) -> bool:
    """Whether the image is a picture of a screen or a scanned film."""
    return header.text("SOPClassUID").startswith(SECONDARY_CAPTURE)


def _other_than_ct(headers: Sequence[Header]) -> str:
    """Why these are not slices of CT at all, "" where they are."""
    first = headers[0]
    modality = next((header.text("Modality") for header in headers if header.text("Modality") != "CT"), "CT")
    if any(map(is_secondary_capture, headers)):
        return "secondary captures (screen saves), not CT images"
    if modality != "CT":
        return f"modality {modality_name(modality) or 'not given or unknown'}, not CT"
    if any(header.text("SOPClassUID") not in CT_IMAGES for header in headers):
        return "objects other than CT images"
    if any(header.frames != 1 and header.frame is None for header in headers):
        return "several frames in an object of one frame, expected enhanced CT"
    if not all(header.whole("Rows") and header.whole("Columns") for header in headers):
        return "files without an image"
    return "a localizer" if is_localizer(first) else ""


def _pixel_problems(headers: Sequence[Header]) -> list[str]:
    """What keeps pixels from being HU."""
    # Of headers that say the same of their pixels one is looked at: slices of a series mostly do.
    alike = list({tuple(map(header.text, (*SAID_IN, *STORED_AS))): header for header in headers}.values())
    said = {words: None for header in alike for words in not_slices(header)}
    odd = {
        "color images": any(h.whole("SamplesPerPixel") != 1 for h in alike),
        "inverted gray levels": any(h.text("PhotometricInterpretation") == "MONOCHROME1" for h in alike),
        "gray levels of an unknown kind": any(not _gray_levels_known(h) for h in alike),
        "pixels that are not stored in 16 bits": any(h.whole("BitsAllocated") != 16 for h in alike),
        "pixel bits in an unusual place": any(not _bits_in_place(h) for h in alike),
        "padding values that are no numbers": any(not _padding_told(h) for h in alike),
        "a padding value among measured gray levels": any(not _padding_apart(h) for h in alike),
        "monoenergetic and ordinary images": len({monoenergetic(h) for h in alike}) > 1,
        "slices of several patients": _are_of_several(headers),
        "slices of several studies": len({h.text("StudyInstanceUID") for h in headers}) > 1,
        "no rescale to HU": any(not _rescaled(h) for h in alike),
        "files that are cut short": any(_is_short(h) for h in headers),
        "files with more pixels than their image": any(_is_long(h) for h in headers),
    }
    return [*said, *(problem for problem, met in odd.items() if met)]


def _are_of_several(headers: Sequence[Header]) -> bool:
    """Whether ids name several patients, or several that gave them; a header without one is taken on trust."""
    return any(len({h.text(keyword) for h in headers} - {""}) > 1 for keyword in ("PatientID", "IssuerOfPatientID"))


def _rescaled(header: Header) -> bool:
    return bool(header.number("RescaleSlope")) and header.number("RescaleIntercept") is not None


def _padding_told(header: Header) -> bool:
    """Whether each padding value, if there is one, can be understood."""
    keywords = ("PixelPaddingValue", "PixelPaddingRangeLimit")
    return all(not header.text(keyword) or header.number(keyword) is not None for keyword in keywords)


def _padding_apart(header: Header) -> bool:
    """Whether all of padding, in HU, lies where nothing of a patient does: else it would blot out what is alike."""
    numbers = padding_numbers(header)
    if numbers is None:
        return True
    slope, intercept = header.number("RescaleSlope") or 1.0, header.number("RescaleIntercept") or 0.0
    low_hu, high_hu = sorted(number * slope + intercept for number in numbers)
    return high_hu <= PATIENT_HU[0] or low_hu > PATIENT_HU[1]


def _gray_levels_known(header: Header) -> bool:
    """Whether pixels are gray levels, and signed or unsigned ones."""
    gray = header.text("PhotometricInterpretation") in ("MONOCHROME1", "MONOCHROME2")
    return (gray or header.whole("SamplesPerPixel") != 1) and header.text("PixelRepresentation") in ("0", "1")


def _is_short(header: Header) -> bool:
    """Whether uncompressed pixels end before the image does."""
    needed = PIXEL_BYTES * header.whole("Rows") * header.whole("Columns")
    return header.text("TransferSyntaxUID") in NATIVE and header.pixel_bytes < needed


def _is_long(header: Header) -> bool:
    """Whether uncompressed pixels go on for a row or more behind the image: its size is wrong, or bytes crept in."""
    row = PIXEL_BYTES * header.whole("Columns")
    return header.text("TransferSyntaxUID") in NATIVE and header.pixel_bytes >= row * (header.whole("Rows") + 1)


def _bits_in_place(header: Header) -> bool:
    return 2 <= header.whole("BitsStored") <= 16 and header.whole("HighBit") == header.whole("BitsStored") - 1
