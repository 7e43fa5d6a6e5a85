using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>The grid that the frames of a segmentation lie on, from their positions alone.</summary>
internal static class SegmentationGeometry
{
    // Cosines; mm; part of a step; sine of the angle between normal and stacking direction, as for a CT stack.
    private const double DirectionTolerance = 1e-4, SpacingTolerance = 1e-4, SidewaysTolerance = 0.05, StepTolerance = 0.02,
        ShearTolerance = 1e-3;
    private const double SamePosition = 1e-3;
    private const int MaxSlices = 1 << 14, MaxVoxels = 1 << 30;

    /// <summary>The smallest grid with all frames, slices ascending along the normal, and the slice of each frame.</summary>
    /// <exception cref="CoreException"><see cref="Fault.DicomGeometryInvalid"/>: planes not parallel, or a single one of unknown thickness;
    /// <see cref="Fault.SliceStackSheared"/>; <see cref="Fault.SliceSpacingIrregular"/>; <see cref="Fault.VolumeTooLarge"/>.</exception>
    public static (VolumeGrid Grid, int[] Slices) Of(SegmentationFile file)
    {
        PlaneGeometry[] planes = [.. file.Frames.Select(f => f.Plane)];
        PlaneGeometry first = planes[0];
        Vector3D normal = first.Normal;
        int odd = Array.FindIndex(planes, p => !IsParallel(p, first));
        if (odd >= 0) throw Error(file, Fault.DicomGeometryInvalid,
            Invariant($"Frames 1 and {odd + 1} are not parallel or have other pixels."));
        double[] along = [.. planes.Select(p => Vector3D.Dot(p.Position - first.Position, normal))];
        int[] order = [.. Enumerable.Range(0, planes.Length).OrderBy(i => along[i])];
        double step = StepOf(file, order, along);
        var slices = new int[planes.Length];
        for (int i = 1; i < order.Length; i++)
        {
            double gap = (along[order[i]] - along[order[i - 1]]) / step, last = slices[order[i - 1]] + Math.Round(gap);
            if (last >= MaxSlices) throw Error(file, Fault.VolumeTooLarge, Invariant($"Its frames lie more than {MaxSlices} steps apart."));
            slices[order[i]] = (int)last;
        }
        PlaneGeometry low = planes[order[0]], high = planes[order[^1]];
        int most = slices[order[^1]];
        if ((long)file.Columns * file.Rows * (most + 1) > MaxVoxels) throw Error(file, Fault.VolumeTooLarge,
            Invariant($"It would have {file.Columns} x {file.Rows} x {most + 1} voxels."));
        Vector3D sliceStep = most == 0 ? normal * step : (high.Position - low.Position) / most;
        CheckStack(file, planes, slices, low.Position, sliceStep, normal);
        return (new VolumeGrid(file.Columns, file.Rows, most + 1,
            new AffineTransform(low.ColumnStep, low.RowStep, sliceStep, low.Position)), slices);
    }

    private static bool IsParallel(PlaneGeometry a, PlaneGeometry b) =>
        (a.RowDirection - b.RowDirection).Length <= DirectionTolerance && (a.ColumnDirection - b.ColumnDirection)
            .Length <= DirectionTolerance
        && Math.Abs(a.ColumnSpacing - b.ColumnSpacing) <= SpacingTolerance && Math.Abs(a.RowSpacing - b.RowSpacing) <= SpacingTolerance;

    /// <summary>The stated step if the positions keep to it, else the smallest gap.</summary>
    private static double StepOf(SegmentationFile file, int[] order, double[] along)
    {
        FrameAttributes first = file.Frames[0].Attributes;
        double[] gaps = [.. order.Skip(1).Zip(order, (next, previous) => along[next] - along[previous]).Where(gap => gap > SamePosition)];
        double stated = Math.Abs(first.Number(DicomTag.SpacingBetweenSlices) ?? 0);
        if (gaps.Length == 0)
        {
            double thickness = stated > SamePosition ? stated : first.Number(DicomTag.SliceThickness) ?? 0;
            return thickness > SamePosition ? thickness : throw Error(file, Fault.DicomGeometryInvalid, "Its only slice has no thickness.");
        }
        foreach (double step in new[] { stated, gaps.Min() })
            if (step > SamePosition && gaps.All(gap => Math.Round(gap / step) is >= 1 and var steps
                && Math.Abs(gap / step - steps) <= StepTolerance)) return step;
        throw Error(file, Fault.SliceSpacingIrregular, "The positions of its frames keep to no common step.");
    }

    private static void CheckStack(SegmentationFile file, PlaneGeometry[] planes, int[] slices, Vector3D origin, Vector3D step,
        Vector3D normal)
    {
        double length = Vector3D.Dot(step, normal) * slices.Max();
        double drift = (step * slices.Max() - normal * length).Length;
        if (drift > Math.Max(SidewaysTolerance, ShearTolerance * length))
            throw Error(file, Fault.SliceStackSheared, Invariant($"Its frames drift sideways by {drift:0.##} mm (gantry tilt or shear)."));
        for (int i = 0; i < planes.Length; i++)
        {
            Vector3D off = planes[i].Position - origin - step * slices[i];
            off -= normal * Vector3D.Dot(off, normal);
            if (off.Length > SidewaysTolerance) throw Error(file, Fault.SliceStackSheared,
                Invariant($"Frame {i + 1} is shifted sideways by {off.Length:0.##} mm."));
        }
    }

    private static CoreException Error(SegmentationFile file, Fault fault, string what) =>
        new(fault,
            $"'{file.Path}' cannot be laid on a grid: {what}", file.Path, "Resample it where it was made, onto the slices of the CT.");
}
