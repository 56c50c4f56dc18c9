"""The DICOM header of the benchmark's series: as many elements, sequences and private values as a scanner writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom import Dataset

SIZE, PIXEL_MM, STEP_MM = 512, 0.9, 1.0
INTERCEPT, PADDING = -1024, -2000
ROOT_UID = "1.2.826.0.1.3680043.8.498.20"

PLAIN_HEADER = {
    "SpecificCharacterSet": "ISO_IR 100",
    "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
    "InstanceCreationDate": "20200101",
    "InstanceCreationTime": "120000",
    "StudyDate": "20200101",
    "SeriesDate": "20200101",
    "AcquisitionDate": "20200101",
    "ContentDate": "20200101",
    "StudyTime": "120000",
    "SeriesTime": "120100",
    "AcquisitionTime": "120130.5",
    "ContentTime": "120131.25",
    "AccessionNumber": "A1",
    "Modality": "CT",
    "Manufacturer": "CALCIMETER",
    "InstitutionName": "Benchmark",
    "InstitutionAddress": "Nowhere",
    "ReferringPhysicianName": "NOBODY",
    "StationName": "CT1",
    "StudyDescription": "CT trunk and thighs",
    "SeriesDescription": "1.0 mm soft",
    "PhysiciansOfRecord": "NOBODY",
    "OperatorsName": "NOBODY",
    "ManufacturerModelName": "Closed form",
    "PatientName": "CALCIMETER^BENCHMARK",
    "PatientID": "BENCHMARK",
    "PatientBirthDate": "",
    "PatientSex": "O",
    "PatientAge": "054Y",
    "PatientSize": "1.75",
    "PatientWeight": "80",
    "QualityControlImage": "YES",
    "BodyPartExamined": "ABDOMEN",
    "ScanOptions": "HELICAL MODE",
    "SliceThickness": "1.25",
    "KVP": "120",
    "SpacingBetweenSlices": "1.0",
    "DataCollectionDiameter": "500",
    "DeviceSerialNumber": "1",
    "SoftwareVersions": ["1.0", "bench"],
    "ProtocolName": "6.1 trunk and thighs",
    "ReconstructionDiameter": "460.8",
    "DistanceSourceToDetector": "1085.6",
    "DistanceSourceToPatient": "626.0",
    "GantryDetectorTilt": "0",
    "TableHeight": "150.0",
    "RotationDirection": "CW",
    "ExposureTime": "600",
    "Exposure": "120",
    "FilterType": "BODY FILTER",
    "GeneratorPower": "32000",
    "FocalSpots": "0.7",
    "ConvolutionKernel": "STANDARD",
    "PatientPosition": "HFS",
    "RevolutionTime": 0.6,
    "SingleCollimationWidth": 0.625,
    "TotalCollimationWidth": 40.0,
    "TableSpeed": 65.0,
    "TableFeedPerRotation": 39.0,
    "SpiralPitchFactor": 0.98,
    "ExposureModulationType": "NONE",
    "CTDIvol": 9.1,
    "StudyID": "1",
    "SeriesNumber": "2",
    "AcquisitionNumber": "1",
    "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
    "PositionReferenceIndicator": "XY",
    "ImagesInAcquisition": "600",
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "Rows": SIZE,
    "Columns": SIZE,
    "PixelSpacing": [PIXEL_MM, PIXEL_MM],
    "BitsAllocated": 16,
    "BitsStored": 16,
    "HighBit": 15,
    "PixelRepresentation": 1,
    "PixelPaddingValue": PADDING,
    "WindowCenter": "40",
    "WindowWidth": "400",
    "RescaleIntercept": str(INTERCEPT),
    "RescaleSlope": "1",
    "RescaleType": "HU",
    "PerformedProcedureStepStartDate": "20200101",
    "PerformedProcedureStepStartTime": "120000",
    "PerformedProcedureStepID": "P1",
    "PerformedProcedureStepDescription": "CT",
}


def series_header(slices: int, deposits: int) -> Dataset:
    """A header as long as a scanner's: over 100 elements, sequences and a private block among them."""
    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

    header = Dataset()
    header.file_meta = FileMetaDataset()
    header.file_meta.MediaStorageSOPClassUID = CTImageStorage
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header.SOPClassUID = CTImageStorage
    study = f"{ROOT_UID}.{slices}.{deposits}"
    header.StudyInstanceUID, header.SeriesInstanceUID, header.FrameOfReferenceUID = study, f"{study}.2", f"{study}.9"
    for keyword, value in PLAIN_HEADER.items():
        setattr(header, keyword, value)
    header.ReferencedStudySequence = [_reference(f"{study}.{k}") for k in (100, 101)]
    header.ReferencedImageSequence = [_reference(f"{study}.1.{k}") for k in range(1, 4)]
    header.ProcedureCodeSequence = [_code("CT-ABD", "99LOCAL", "CT of the trunk and thighs")]
    header.RequestAttributesSequence = [_request(k) for k in range(2)]
    block = header.private_block(0x0045, "CALCIMETER BENCHMARK", create=True)
    for offset in range(40):
        block.add_new(offset, "DS", [f"{offset / 7:.5f}", f"{offset * 3:.1f}"])
    block.add_new(0x80, "OB", bytes(range(256)) * 24)
    return header


def _reference(uid: str) -> Dataset:
    from pydicom import Dataset

    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", uid
    return item


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    from pydicom import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _request(number: int) -> Dataset:
    from pydicom import Dataset

    item = Dataset()
    item.RequestedProcedureID, item.ScheduledProcedureStepID = f"R{number}", f"S{number}"
    item.ScheduledProcedureStepDescription = "CT trunk and thighs, soft tissue"
    return item
