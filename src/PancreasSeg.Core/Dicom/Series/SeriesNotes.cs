using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>What a user should know about a series that can be imported: nothing here changes a value.</summary>
internal static class SeriesNotes
{
    /// <summary>Also told where only the pixels tell it.</summary>
    public const string Lossy = "The images were compressed with loss: HU are not the scanner's.";

    public static IReadOnlyList<string> For(IReadOnlyList<CtSlice> slices, SliceStack? stack, int copies, IReadOnlyList<CtSlice> setApart)
    {
        var notes = new List<string>();
        void NoteWhen(bool condition, FormattableString note)
        {
            if (condition) notes.Add(Invariant(note));
        }

        NoteWhen(copies > 0, $"{copies} exact copies of slices were left out.");
        if (setApart.Count > 0)
            notes.Add(Invariant($"{setApart.Count} other images under the same SeriesInstanceUID (localizers, captures or projections) ")
                + $"were set apart, the first is '{setApart[0].Name}'.");
        NoteWhen(stack is { MaxDeviation: > SliceStack.SamePosition },
            $"Slice positions deviate by up to {stack?.MaxDeviation:0.###} mm from an even stack.");
        int?[] claims = [.. slices.Select(s => s.Attributes.Integer(DicomTag.ImagesInAcquisition)).Distinct()];
        NoteWhen(claims is [{ } claimed] && claimed > slices.Count,
            $"The headers speak of {claims[0]} images in the acquisition; {slices.Count} are here.");
        if (slices.Any(s => s.IsLossy)) notes.Add(Lossy);
        NoteWhen(slices.Any(s => s.Attributes.Text(DicomTag.PhotometricInterpretation) == "MONOCHROME1"),
            $"The images are meant to be shown inverted (MONOCHROME1); values are unchanged.");
        NoteWhen(slices.Any(s => s.Attributes.Text(DicomTag.RescaleType) is not (null or "HU")),
            $"The rescale type is not HU: values may not be Hounsfield units.");
        NoteWhen(slices.Select(s => s.Rescale.Slope).Distinct().Count() > 1,
            $"The rescale slope (0028,1053) differs between slices, as a CT's does not: values may not be Hounsfield units.");
        int sameUid = slices.DistinctBy(s => s.File).GroupBy(s => s.SopInstanceUid).Where(g => g.Key is not null).Sum(g => g.Count() - 1);
        NoteWhen(sameUid > 0, $"{sameUid} images have the SOP Instance UID (0008,0018) of another: what refers to one may mean the other.");
        NoteWhen(slices.All(s => s is { Format.IsSigned: false, Rescale.Intercept: >= 0 }),
            $"No value can be below 0: values may not be Hounsfield units.");
        int padded = slices.Where(s => s.File.Syntax.IsNative).DistinctBy(s => s.File).Count(s => s.HasBlankEnd);
        NoteWhen(padded > 0, $"{padded} files have blank bytes behind their pixels, which were left out.");
        NoteWhen(slices.Any(s => s.Padding is { } range && PixelPadding.IsImpossible(range)),
            $"The declared range of padding (0028,0121) covers soft tissue; it was not followed.");
        NoteWhen(slices[0].Derivation != SliceDerivation.None, $"{DerivedSlices.Sentence(slices[0].Derivation)}");
        NoteWhen(slices.Any(s => s.Attributes.Text(DicomTag.BurnedInAnnotation) == "YES"),
            $"Text may be burned into the pixels.");
        return notes;
    }
}
