"""A CT slice with something that must not be published in every place that DICOM has for it."""

from __future__ import annotations

import re

import numpy as np
from pydicom._dicom_dict import DicomDictionary
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from calcimeter.knowledge.deidentify import profile

WORD = "SECRET"
DATE, TIME = "19771231", "231759.987654"
UID = "1.3.6.1.4.1.99999.7.7"
NUMBER = 7712
HIDDEN = {
    **dict.fromkeys(("LO", "LT", "PN", "SH", "ST", "UC", "UT", "AE", "CS"), WORD),
    "UR": f"https://example.org/{WORD}",
    "AS": "077Y",
    "DA": DATE,
    "TM": TIME,
    "DT": f"{DATE}{TIME}",
    "UI": UID,
    "DS": "7712.5",
    "IS": "7712",
    "US": NUMBER,
    "SS": NUMBER,
    "UL": NUMBER,
    "SL": NUMBER,
    "UV": NUMBER,
    "SV": NUMBER,
    "FL": 7712.5,
    "FD": 7712.5,
    "AT": 0x77127712,
    **dict.fromkeys(("OB", "OW", "OL", "OF", "OD", "OV", "UN"), WORD.encode() * 4),
}
"""Every representation but SQ, with a value that must not come through."""

NUMBERS = ("DS", "IS", "US", "SS", "UL", "SL", "UV", "SV", "FL", "FD", "AT", "AS")
"""Those that stay where the table does not name the attribute: they can say little."""

PIXELS = 0x7FE0
REFUSED_OR_NOT_READ = ("SpecificCharacterSet", "ConversionType")
"""With a secret in the first no text can be read; an image that has the second is refused."""


def nothing_left(tag: int, representation: str, keyword: str) -> bool:
    """Whether a value of the attribute must be gone afterwards."""
    if keyword in profile().text or tag >> 16 in (0, 2, 4, PIXELS) or keyword in REFUSED_OR_NOT_READ:
        return False
    return tag in profile().actions or representation not in (*NUMBERS, "SQ")


def hiding() -> Dataset:
    """Every attribute of the dictionary that could hold a secret, each holding one."""
    dataset = Dataset()
    for tag, (representation, _, _, _, keyword) in DicomDictionary.items():
        if representation in HIDDEN and nothing_left(tag, representation, keyword):
            dataset.add(DataElement(tag, representation, HIDDEN[representation]))
    return dataset


def private() -> Dataset:
    """A private block that has a secret in every representation, in a sequence too."""
    dataset = Dataset()
    block = dataset.private_block(0x0099, f"{WORD} MAKER", create=True)
    for number, (representation, value) in enumerate(HIDDEN.items()):
        block.add_new(number, representation, value)
    inner = Dataset()
    inner.PatientName = WORD
    block.add_new(0xF0, "SQ", Sequence([inner]))
    return dataset


def overlays_and_curves() -> Dataset:
    """Drawings and writing over the image."""
    dataset = Dataset()
    dataset.add_new(0x60000010, "US", 4)
    dataset.add_new(0x60000011, "US", 4)
    dataset.add_new(0x60000022, "LO", WORD)
    dataset.add_new(0x60003000, "OW", WORD.encode() * 4)
    dataset.add_new(0x60004000, "LT", WORD)
    dataset.add_new(0x50002500, "LO", WORD)
    dataset.add_new(0x50003000, "OW", WORD.encode() * 4)
    dataset.add_new(0x00110001, "LO", WORD)  # private, of no known block
    dataset.add_new(0x000811FE, "LO", WORD)  # even, and unknown to the standard
    return dataset


def nested(content: Dataset) -> Dataset:
    """The same three sequences deep, in sequences that stay."""
    inner = content
    for keyword in ("AnatomicRegionModifierSequence", "AnatomicRegionSequence", "SharedFunctionalGroupsSequence"):
        outer = Dataset()
        setattr(outer, keyword, Sequence([inner]))
        inner = outer
    return inner


def with_secrets(slice_: Dataset) -> Dataset:
    """A slice that hides secrets everywhere; what it needs to be measured stays true."""
    needed = {element.tag for element in slice_ if element.tag not in profile().actions}
    needed |= {slice_[name].tag for name in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")}
    needed |= {slice_["FrameOfReferenceUID"].tag, slice_["StudyDate"].tag, slice_["StudyTime"].tag}
    for hidden in (hiding(), private(), overlays_and_curves(), nested(_all_of())):
        for element in hidden:
            if element.tag not in needed:
                slice_.add(element)
    slice_.ImageType = [*slice_.ImageType, WORD]
    slice_.preamble = (WORD.encode() * 22)[:128]
    slice_.file_meta.SourceApplicationEntityTitle = WORD
    slice_.file_meta.PrivateInformationCreatorUID = UID
    slice_.file_meta.PrivateInformation = WORD.encode()
    slice_.add_new(0xFFFCFFFC, "OB", WORD.encode())
    return slice_


def _all_of() -> Dataset:
    dataset = Dataset()
    for part in (hiding(), private()):
        for element in part:
            dataset.add(element)
    return dataset


def secrets_in(content: bytes) -> list[str]:
    """Which secrets stand in a file, as text or as numbers; pixels are to be left out of it.

    So are UIDs of derived digits, in which any number may stand by chance.
    """
    content = re.sub(rb"2\.25\.\d+", b"", content)
    words = {"word": WORD.encode(), "date": DATE.encode(), "time": b"231759", "uid": UID.encode(), "age": b"077Y"}
    words |= {"number": b"7712", "float": np.float32(7712.5).tobytes(), "double": np.float64(7712.5).tobytes()}
    words |= {"lower case": WORD.lower().encode()}
    return [name for name, secret in words.items() if secret in content]
