using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>What a user should know about a series that can be imported: nothing here changes a value.</summary>
internal static class SeriesNotes
{
    public static IReadOnlyList<string> For(IReadOnlyList<CtSlice> slices, SliceStack? stack, int copies, int setApart)
    {
        var notes = new List<string>();
        void NoteWhen(bool condition, FormattableString note)
        {
            if (condition) notes.Add(Invariant(note));
        }

        NoteWhen(copies > 0, $"{copies} exact copies of slices were left out.");
        NoteWhen(setApart > 0, $"{setApart} other images under the same SeriesInstanceUID (localizers or captures) were set apart.");
        NoteWhen(stack is { MaxDeviation: > SliceStack.SamePosition },
            $"Slice positions deviate by up to {stack?.MaxDeviation:0.###} mm from an even stack.");
        int?[] claims = [.. slices.Select(s => s.Attributes.Integer(DicomTag.ImagesInAcquisition)).Distinct()];
        NoteWhen(claims is [{ } claimed] && claimed > slices.Count,
            $"The headers speak of {claims[0]} images in the acquisition; {slices.Count} are here.");
        NoteWhen(slices.Any(s => s.File.Syntax.IsLossy || s.Attributes.Text(DicomTag.LossyImageCompression) == "01"),
            $"The images were compressed with loss: HU are not the scanner's.");
        NoteWhen(slices.Any(s => s.Attributes.Text(DicomTag.PhotometricInterpretation) == "MONOCHROME1"),
            $"The images are meant to be shown inverted (MONOCHROME1); values are unchanged.");
        NoteWhen(slices.Any(s => s.Attributes.Text(DicomTag.RescaleType) is not (null or "HU")),
            $"The rescale type is not HU: values may not be Hounsfield units.");
        NoteWhen(slices.All(s => s is { Format.IsSigned: false, Rescale.Intercept: >= 0 }),
            $"No value can be below 0: values may not be Hounsfield units.");
        NoteWhen(slices.Any(s => s.Attributes.Text(DicomTag.BurnedInAnnotation) == "YES"),
            $"Text may be burned into the pixels.");
        return notes;
    }
}
