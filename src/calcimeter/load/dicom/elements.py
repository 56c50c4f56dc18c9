"""How DICOM writes elements: syntaxes, tags and representations, and which elements are kept of a header."""

from __future__ import annotations

IMPLICIT_LITTLE, EXPLICIT_LITTLE = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
EXPLICIT_BIG, DEFLATED = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"

ELEMENTS = {
    0x00020010: ("TransferSyntaxUID", "UI"),
    0x00080008: ("ImageType", "CS"),
    0x00080016: ("SOPClassUID", "UI"),
    0x00080018: ("SOPInstanceUID", "UI"),
    0x00080060: ("Modality", "CS"),
    0x0008103E: ("SeriesDescription", "LO"),
    0x00081090: ("ManufacturerModelName", "LO"),
    0x00089206: ("VolumetricProperties", "CS"),
    0x00089207: ("VolumeBasedCalculationTechnique", "CS"),
    0x00100020: ("PatientID", "LO"),
    0x00100021: ("IssuerOfPatientID", "LO"),
    0x00101010: ("PatientAge", "AS"),
    0x00180010: ("ContrastBolusAgent", "LO"),
    0x00180050: ("SliceThickness", "DS"),
    0x00180060: ("KVP", "DS"),
    0x00181210: ("ConvolutionKernel", "SH"),
    0x00185100: ("PatientPosition", "CS"),
    0x0020000D: ("StudyInstanceUID", "UI"),
    0x0020000E: ("SeriesInstanceUID", "UI"),
    0x00200012: ("AcquisitionNumber", "IS"),
    0x00200032: ("ImagePositionPatient", "DS"),
    0x00200037: ("ImageOrientationPatient", "DS"),
    0x00200052: ("FrameOfReferenceUID", "UI"),
    0x00200100: ("TemporalPositionIdentifier", "IS"),
    0x00280002: ("SamplesPerPixel", "US"),
    0x00280004: ("PhotometricInterpretation", "CS"),
    0x00280008: ("NumberOfFrames", "IS"),
    0x00280010: ("Rows", "US"),
    0x00280011: ("Columns", "US"),
    0x00280030: ("PixelSpacing", "DS"),
    0x00280100: ("BitsAllocated", "US"),
    0x00280101: ("BitsStored", "US"),
    0x00280102: ("HighBit", "US"),
    0x00280103: ("PixelRepresentation", "US"),
    0x00280120: ("PixelPaddingValue", "US SS"),
    0x00280121: ("PixelPaddingRangeLimit", "US SS"),
    0x00280301: ("BurnedInAnnotation", "CS"),
    0x00281052: ("RescaleIntercept", "DS"),
    0x00281053: ("RescaleSlope", "DS"),
    0x00281054: ("RescaleType", "LO"),
    0x00282110: ("LossyImageCompression", "CS"),
    0x60000102: ("OverlayBitPosition", "US"),
}
"""Tag -> keyword and value representations of what is kept."""

KEYWORDS = {tag: keyword for tag, (keyword, _) in ELEMENTS.items()}
PIXEL_DATA = 0x7FE00010
TAGS = {tag: representations.encode() for tag, (_, representations) in ELEMENTS.items()} | {PIXEL_DATA: b"OB OW UN"}
"""Tag -> the representations that it may have."""

SHORTS = {tag for tag, (_, representations) in ELEMENTS.items() if "US" in representations}
"""Tags kept as two-byte numbers, not as text."""

SHORT_KEYWORDS = {KEYWORDS[tag] for tag in SHORTS}

PREAMBLE = 132
"""Bytes before the first element: 128 of anything, then DICM."""

META_GROUP = b"\x02\x00"
LONG_FORM = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
SHORT_FORM = {
    *(b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL", b"SS"),
    *(b"ST", b"TM", b"UI", b"UL", b"US"),
}
EVERY_FORM = SHORT_FORM | LONG_FORM
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
MAX_INFLATED = 1 << 20
"""So much of a deflated file is inflated: headers are far shorter, and a small file can inflate to a thousand times
its size."""
