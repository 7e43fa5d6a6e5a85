namespace PancreasSeg.Dicom;

/// <summary>
/// Tells projections and calculated images from slices, by the words of Image Type, Frame Type and Volume Based Calculation Technique
/// (DICOM PS3.3 C.7.6.1.1.2, C.8.16.1.4, C.8.16.2.1.3) and those that scanners and workstations write there.
/// </summary>
internal static class DerivedSlices
{
    private static readonly Dictionary<string, SliceDerivation> s_words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["MIP"] = SliceDerivation.Maximum,
        ["MAXIP"] = SliceDerivation.Maximum,
        ["MAXIMUM"] = SliceDerivation.Maximum,
        ["MINIP"] = SliceDerivation.Minimum,
        ["MINIMUM"] = SliceDerivation.Minimum,
        ["AVERAGE"] = SliceDerivation.Average,
        ["AVERAGEIP"] = SliceDerivation.Average,
        ["AVGIP"] = SliceDerivation.Average,
        ["AVG"] = SliceDerivation.Average,
        ["AIP"] = SliceDerivation.Average,
        ["MEAN"] = SliceDerivation.Average,
        ["SUBTRACTION"] = SliceDerivation.Map,
        ["QUANTITY"] = SliceDerivation.Map,
        ["DIVISION"] = SliceDerivation.Map,
        ["MULTIPLICATION"] = SliceDerivation.Map,
        ["IODINE"] = SliceDerivation.Map,
        ["PERFUSION"] = SliceDerivation.Map,
        ["CBF"] = SliceDerivation.Map,
        ["CBV"] = SliceDerivation.Map,
        ["MTT"] = SliceDerivation.Map,
        ["TTP"] = SliceDerivation.Map,
        ["TMAX"] = SliceDerivation.Map,
    };

    /// <summary>What an image was made by. Its description counts only where the image says itself that it is derived.</summary>
    public static SliceDerivation Of(FrameAttributes image)
    {
        string[] types = [.. image.Texts(DicomTag.ImageType), .. image.Texts(DicomTag.FrameType),
            .. image.Texts(DicomTag.VolumeBasedCalculationTechnique)];
        SliceDerivation named = OfWords(types);
        bool isDerived = types.Length > 0 && types[0].Equals("DERIVED", StringComparison.OrdinalIgnoreCase);
        return named != SliceDerivation.None || !isDerived ? named : OfWords([image.Words(DicomTag.SeriesDescription) ?? ""]);
    }

    /// <summary>The sentence that tells a reader what the values are; null for slices as they were reconstructed.</summary>
    public static string? Sentence(SliceDerivation derivation) => derivation switch
    {
        SliceDerivation.Maximum => "Maximum intensity projections: each value is the highest of several slices.",
        SliceDerivation.Minimum => "Minimum intensity projections: each value is the lowest of several slices.",
        SliceDerivation.Average => "Averages: each value is the mean of several slices.",
        SliceDerivation.Map => "Calculated from several images: values are not the HU of one of them.",
        _ => null,
    };

    /// <summary>Why such a series is not taken unless it is chosen.</summary>
    public static SeriesReason Reason(SliceDerivation derivation) => derivation switch
    {
        SliceDerivation.Maximum => SeriesReason.MaximumProjection,
        SliceDerivation.Minimum => SeriesReason.MinimumProjection,
        SliceDerivation.Average => SeriesReason.AverageProjection,
        SliceDerivation.Map => SeriesReason.CalculatedMap,
        _ => SeriesReason.Usable,
    };

    /// <summary>Whole values and two words first, so that M.I.P. and MIN_IP are not taken for single words.</summary>
    private static SliceDerivation OfWords(IEnumerable<string> values)
    {
        foreach (string value in values)
        {
            string[] words = value.Split([' ', '_', '-', '/', '.', ','], StringSplitOptions.RemoveEmptyEntries);
            IEnumerable<string> pairs = words.Zip(words.Skip(1), (a, b) => a + b);
            foreach (string word in (IEnumerable<string>)[string.Concat(words), .. pairs, .. words])
                if (s_words.TryGetValue(word, out SliceDerivation derivation)) return derivation;
        }
        return SliceDerivation.None;
    }
}
