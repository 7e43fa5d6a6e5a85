using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>
/// Parallel slices ordered along their common normal. Position and orientation of the images alone decide whether they
/// form a regular grid; thickness, slice location, instance number and tilt tags are never used.
/// </summary>
internal sealed class SliceStack
{
    /// <summary>Positions closer than this are one position (mm).</summary>
    public const double SamePosition = 0.01;

    // Rounded table positions stay well inside 1 % of the slice step; real gaps and jitter do not.
    private const double RelativeTolerance = 0.01;

    // Mm. No CT has its slices or pixels so far apart.
    private const double WidestGap = 100;

    // Sine of the angle between normal and stacking direction beyond which the stack is not a box.
    private const double ShearTolerance = 1e-3;

    /// <summary>Cosine of the angle between two axes up to which they are perpendicular but for the rounding of a header.</summary>
    public const double AngleTolerance = 2e-3;

    private readonly Vector3D[] _sideways;

    /// <summary>Orders the slices; all must have a plane, and one orientation.</summary>
    public SliceStack(IEnumerable<CtSlice> slices)
    {
        CtSlice[] all = [.. slices];
        Normal = all[0].Plane!.Normal;
        // Ties keep a stable order, so that the result does not depend on the order of the files.
        Slices = [.. all.OrderBy(s => Along(s)).ThenBy(s => s.Path, StringComparer.Ordinal).ThenBy(s => s.Frame)];
        CtSlice first = Slices[0];
        Positions = [.. Slices.Select(s => Along(s) - Along(first))];
        Vector3D[] offsets = [.. Slices.Select(s => s.Plane!.Position - first.Plane!.Position)];
        double length = Positions[^1];
        Drift = length > SamePosition ? (offsets[^1] - Normal * length) / length : default;
        _sideways = [.. offsets.Select((o, k) => o - (Normal + Drift) * Positions[k])];
        double[] gaps = [.. Positions.Skip(1).Zip(Positions, (next, previous) => next - previous)];
        Array.Sort(gaps);
        MedianGap = gaps.Length == 0 ? 0 : gaps[(gaps.Length - 1) / 2];
    }

    public Vector3D Normal { get; }

    public IReadOnlyList<CtSlice> Slices { get; }

    /// <summary>Distance of each slice from the first along the normal, ascending (mm).</summary>
    public double[] Positions { get; }

    /// <summary>Sideways shift per mm along the normal; zero for a stack without tilt.</summary>
    public Vector3D Drift { get; }

    /// <summary>The usual distance between neighbours along the normal (mm).</summary>
    public double MedianGap { get; }

    /// <summary>Largest distance of a slice from its place in an even stack (mm).</summary>
    public double MaxDeviation
    {
        get
        {
            double step = Positions[^1] / (Positions.Length - 1), largest = 0;
            for (int k = 0; k < Positions.Length; k++)
                largest = Math.Max(largest, Math.Max(Math.Abs(Positions[k] - k * step), _sideways[k].Length));
            return largest;
        }
    }

    /// <summary>The grid of a regular stack (the formula of DICOM PS3.3 C.7.6.2.1.1, the slice step taken over the whole stack), its axes
    /// made exactly perpendicular where rounding has left them so nearly.</summary>
    public VolumeGrid ToGrid()
    {
        PlaneGeometry first = Slices[0].Plane!, last = Slices[^1].Plane!;
        Vector3D step = (last.Position - first.Position) / (Slices.Count - 1);
        return new VolumeGrid(Slices[0].Columns, Slices[0].Rows, Slices.Count,
            new AffineTransform(first.ColumnStep, first.RowStep, step, first.Position).Squared(AngleTolerance));
    }

    /// <summary>True for an image of the same matrix and study that lies where the next slice at either end would.</summary>
    public bool IsContinuedBy(CtSlice image)
    {
        CtSlice first = Slices[0];
        if (image.Plane is not { } plane || (image.Rows, image.Columns) != (first.Rows, first.Columns)
            || image.StudyInstanceUid != first.StudyInstanceUid || image.SeriesInstanceUid == first.SeriesInstanceUid) return false;
        Vector3D step = (Slices[^1].Plane!.Position - first.Plane!.Position) / (Slices.Count - 1);
        double tolerance = Math.Max(SamePosition, RelativeTolerance * MedianGap);
        return Vector3D.Dot(plane.Normal, Normal) > 1 - ShearTolerance
            && Math.Min((first.Plane.Position - step - plane.Position).Length,
                (Slices[^1].Plane!.Position + step - plane.Position).Length) <= 2 * tolerance;
    }

    /// <summary>What keeps distinct positions from forming a regular, unsheared grid; null when nothing does.</summary>
    public SeriesProblem? FindProblem()
    {
        if (MedianGap > WidestGap)
            return new SeriesProblem(SeriesReason.GeometryInvalid,
                Invariant($"The slices lie {MedianGap:0.###} mm apart, as those of no CT do."));
        double tolerance = Math.Max(SamePosition, RelativeTolerance * MedianGap);
        double sine = Drift.Length / Math.Sqrt(1 + Vector3D.Dot(Drift, Drift));
        string tilt = Invariant($"{Math.Atan(Drift.Length) * 180 / Math.PI:0.0} degrees");
        string also = sine > ShearTolerance ? $" The stack is also tilted by {tilt}." : "";
        if (FindGap(tolerance) is { } gap) return gap with { Detail = gap.Detail + also };
        if (MaxDeviation > tolerance)
            return new SeriesProblem(SeriesReason.IrregularSpacing, Invariant(
                $"Slice positions stray by up to {MaxDeviation:0.###} mm from an even stack with a step of {MedianGap:0.###} mm.") + also);
        if (sine > ShearTolerance)
            return new SeriesProblem(SeriesReason.Sheared,
                $"The slices are stacked at {tilt} to their normal (gantry tilt or shear).");
        return null;
    }

    private SeriesProblem? FindGap(double tolerance)
    {
        bool wholeSteps = true;
        int gaps = 0, missing = 0, here = 0, widest = 0;
        double worst = 0;
        for (int k = 1; k < Positions.Length; k++)
        {
            double gap = Positions[k] - Positions[k - 1];
            double off = Math.Abs(gap - MedianGap);
            if (off <= 2 * tolerance) continue;
            gaps++;
            double steps = Math.Round(gap / MedianGap);
            wholeSteps &= steps > 1 && Math.Abs(gap - steps * MedianGap) <= steps * tolerance;
            missing += (int)steps - 1;
            if (off > worst) (worst, widest, here) = (off, k, (int)steps - 1);
        }
        if (gaps == 0) return null;

        string where = Invariant(
            $"between '{Slices[widest - 1].Name}' and '{Slices[widest].Name}' ({Positions[widest] - Positions[widest - 1]:0.###} mm")
            + Invariant($" where {MedianGap:0.###} mm is usual");
        // Where every third place is one, the slices lie in two distances.
        bool isMissing = wholeSteps && 3 * gaps <= Positions.Length;
        string all = isMissing ? Invariant($" with {missing} slices missing in all") : "";
        string others = gaps > 1 ? Invariant($", one of {gaps} such places{all}).") : ").";
        return isMissing
            ? new SeriesProblem(SeriesReason.SliceMissing,
                Invariant($"{here} slice{(here == 1 ? " is" : "s are")} missing {where}{others}"))
            : new SeriesProblem(SeriesReason.IrregularSpacing, $"The slices are not evenly spaced {where}{others}");
    }

    private double Along(CtSlice slice) => Vector3D.Dot(slice.Plane!.Position, Normal);
}
