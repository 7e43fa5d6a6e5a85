"""Writes with pydicom the data sets that DicomFileWriterTests makes: python3 make_fixtures.py (pydicom 2.3 or newer)."""
import os
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

here = os.path.dirname(os.path.abspath(__file__))


def item(**values):
    made = Dataset()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def dataset():
    ds = Dataset()
    ds.SpecificCharacterSet = 'ISO_IR 100'
    ds.SOPClassUID = '1.2.840.10008.5.1.4.1.1.66.4'
    ds.SOPInstanceUID = '1.2.826.0.1.3680043.8.498.1'
    ds.AccessionNumber = ''
    ds.PatientName = 'Bj\xf6rk^Zo\xe9'
    ds.PatientWeight = '70'
    ds.SpacingBetweenSlices = '2.5'
    ds.ImagePositionPatient = ['-35.123456', '-210.5', '812.25']
    ds.SoftwareVersions = ['0.1.0', 'abc']
    ds.NumberOfFrames = 3
    ds.Rows = 512
    ds.ReferencedSeriesSequence = Sequence([item(
        SeriesInstanceUID='1.2.3',
        ReferencedInstanceSequence=Sequence([
            item(ReferencedSOPInstanceUID='1.2.3.4'), item(ReferencedSOPInstanceUID='1.2.3.45')]))])
    ds.ContributingEquipmentSequence = Sequence([])
    ds.DimensionIndexSequence = Sequence([item(DimensionIndexPointer=0x0062000b)])
    ds.FrameContentSequence = Sequence([item(DimensionIndexValues=[1, 70000])])
    ds.SegmentSequence = Sequence([item(TrackingID='PancreasSeg pancreas', RecommendedDisplayCIELabValue=[51709, 38173, 44529])])
    ds.PixelData = bytes(range(7)) + b'\0'
    ds['PixelData'].VR = 'OB'
    return ds


for name, syntax in (('explicit', ExplicitVRLittleEndian), ('implicit', ImplicitVRLittleEndian)):
    ds = dataset()
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID, meta.TransferSyntaxUID = ds.SOPClassUID, ds.SOPInstanceUID, syntax
    ds.file_meta, ds.is_little_endian, ds.is_implicit_VR = meta, True, name == 'implicit'
    ds.preamble = b'\0' * 128
    ds.save_as(os.path.join(here, name + '.dcm'), write_like_original=False)
