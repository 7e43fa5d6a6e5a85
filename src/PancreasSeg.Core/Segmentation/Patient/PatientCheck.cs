namespace PancreasSeg.Segmentation;

/// <summary>
/// Whether a CT shows a patient, and whether that patient lies as the header says, by anatomy that needs no network: the spine lies
/// behind, the liver right and below the lungs, and the body is cut where the scan begins and ends. The table is no sign: patients lie on
/// their belly and side too.
/// </summary>
/// <remarks>Each sign speaks only where it is clear; where none is, nothing is said.</remarks>
internal static class PatientCheck
{
    /// <summary>Parts of a body: below these it has no bone or no fat, above the last it is no body.</summary>
    private const double LeastBone = 0.002, LeastFat = 0.02, MostBone = 0.25;

    /// <summary>Part of the slices in which a column must have bone to be taken for the spine.</summary>
    private const double LeastSpine = 0.5;

    /// <summary>From where on the spine lies off the middle: logarithm of the ratio of what lies on either side.</summary>
    private const double OffMiddle = 0.45;

    /// <summary>mL of an organ's depth from which the liver is taken to be among it, and how one-sided that is.</summary>
    private const double LeastDeepMl = 60, OneSided = 0.3;

    /// <summary>How far below the middle the liver (in mm) or the lungs (in units of the spread of heights) lie clearly down.</summary>
    private const double LiverDown = 16, LungsDown = 0.7;

    /// <summary>mL from which there is lung, or gas in the bowel; how far behind the middle such gas lies clearly behind.</summary>
    private const double LeastLungMl = 50, LeastGasMl = 15, GasBehind = 0.3;

    /// <summary>Width of a body against its depth from which it lies on its side.</summary>
    private const double Narrow = 0.75;

    /// <summary>Parts of a plane: at most so much of it is body where the body ends, at least so much where it is cut.</summary>
    private const double Ends = 0.02, Cut = 0.05;

    /// <summary>Part of the slices' edges brighter than bone from which they are padding.</summary>
    private const double LargestBrightEdge = 0.05;

    /// <summary>Looks at a CT.</summary>
    public static (IReadOnlyList<SegmentationReason> Reasons, IReadOnlyList<string> Remarks) Look(CtVolume ct,
        CancellationToken cancellation = default)
    {
        BodyMap map = BodyMap.Of(ct, cancellation);
        var reasons = new List<SegmentationReason>();
        if (map.BrightEdge > LargestBrightEdge) reasons.Add(SegmentationReason.PaddingBright);
        BodySigns signs = BodySigns.Of(map);
        if (!IsPatient(signs)) return ([.. reasons, SegmentationReason.NoPatient], []);
        string[] doubts = [.. Doubts(signs)];
        if (doubts.Length > 0) reasons.Add(SegmentationReason.OrientationDoubtful);
        return (reasons, doubts);
    }

    /// <summary>True for what has bone and fat as a body has, and for a cut-out whose outline is not seen: it may show one organ.</summary>
    internal static bool IsPatient(BodySigns signs) =>
        Math.Min(signs.CutFaces.X, signs.CutFaces.Y) > Cut || (signs.Bone is >= LeastBone and <= MostBone && signs.Fat >= LeastFat);

    /// <summary>What lies where it should not.</summary>
    internal static IEnumerable<string> Doubts(BodySigns signs)
    {
        if (signs.CutFaces.Z <= Ends && Math.Max(signs.CutFaces.X, signs.CutFaces.Y) >= Cut)
        {
            yield return "the body ends before the first and last slice and is cut at the edges of the slices: the slices are not axial";
            yield break;
        }
        // Bowel with contrast medium is taken for the spine at times; its gas gives it away.
        double gasFront = signs.Gas.Ml >= LeastGasMl ? signs.Gas.Front : 0;
        bool hasColumn = signs.Spine >= LeastSpine;
        bool isSpineSeen = hasColumn && Math.Max(Math.Abs(signs.Front), Math.Abs(signs.Side)) > OffMiddle;
        bool isNarrow = signs.Width < Narrow && Math.Max(signs.CutFaces.X, signs.CutFaces.Y) <= Cut;
        if (isSpineSeen && Math.Abs(signs.Side) > Math.Abs(signs.Front) && signs.Width < 1)
            yield return $"the spine lies on the {(signs.Side < 0 ? "left" : "right")}: the slices are turned";
        else if (!isSpineSeen && hasColumn && isNarrow) yield return "the body is deeper than wide: the slices are turned";
        else if (isSpineSeen && signs.Front < -OffMiddle && gasFront <= GasBehind) yield return "the spine lies in front";
        else if (!isSpineSeen && gasFront < -GasBehind) yield return "the bowel's gas lies behind";
        if (signs.DeepMl < LeastDeepMl || Math.Abs(signs.DeepRight) < OneSided) yield break;
        if (signs.DeepRight < 0) yield return "what looks like the liver lies on the left";
        if (signs.Lungs.Ml >= LeastLungMl)
        {
            if (signs.Lungs.Up < -LungsDown) yield return "the lungs lie at the feet's end";
        }
        else if (signs.DeepUp < -LiverDown) yield return "what looks like the liver lies at the feet's end";
    }
}
