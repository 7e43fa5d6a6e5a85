using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>
/// The box in which a refiner works, as training sees it. A case is prepared round its label's centre of mass, which is what a locator
/// tells, with a margin to each side; a step sees the box anywhere in there, a validation in the middle.
/// </summary>
internal static class TrainingBox
{
    /// <summary>How far the box lies aside at most, in mm along each axis: what a box leaves round most glands.</summary>
    public const double MarginMm = 15;

    /// <summary>The grid on which a case is prepared: of a plan with a box what surrounds the pancreas, else the whole.</summary>
    /// <param name="preprocessor">Carries out the plan.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="ct">The CT's grid.</param>
    /// <param name="centre">Of the pancreas, LPS in mm.</param>
    public static VolumeGrid Prepared(Preprocessor preprocessor, PreprocessPlan plan, VolumeGrid ct, Vector3D centre)
    {
        if (plan.BoxSize is null) return preprocessor.InputGrid(ct);
        int[] margin = Margin(plan);
        return preprocessor.BoxGrid(ct, centre).WithMargin(2 * margin[0], 2 * margin[1], 2 * margin[2]);
    }

    /// <summary>The box in the middle of its surroundings.</summary>
    public static IndexBox Middle(VolumeGrid surroundings, PreprocessPlan plan)
    {
        int[] margin = Margin(plan);
        return new IndexBox(margin[0], margin[1], margin[2], surroundings.Columns - margin[0], surroundings.Rows - margin[1],
            surroundings.Slices - margin[2]);
    }

    /// <summary>A case as the network sees it when it is measured: with a box the middle one, else the whole.</summary>
    /// <param name="item">As it was prepared.</param>
    /// <param name="plan">The plan.</param>
    public static PreparedCase Shown(PreparedCase item, PreprocessPlan plan)
    {
        if (plan.BoxSize is null) return item;
        PreparedCase shown = SpatialWarp.None.Apply(item, Middle(item.Input.Grid, plan)) with { Reference = item.Reference };
        item.Release();
        return shown;
    }

    /// <summary>Voxels of the margin to each side, along columns, rows and slices; four at least.</summary>
    public static int[] Margin(PreprocessPlan plan) => [.. plan.Spacing!.Select(mm => Math.Max(4, (int)Math.Ceiling(MarginMm / mm)))];

    /// <summary>LPS centre of mass in mm.</summary>
    /// <param name="labels">Labels on the CT's grid.</param>
    /// <param name="pancreas">The pancreas in them; without any the middle of the volume is told.</param>
    public static Vector3D Centre(LabelVolume labels, byte pancreas)
    {
        VolumeGrid grid = labels.Grid;
        ReadOnlySpan<byte> voxels = labels.Labels.Span;
        long column = 0, row = 0, slice = 0, count = 0;
        for (int i = voxels.IndexOf(pancreas); i >= 0 && i < voxels.Length; i++)
        {
            if (voxels[i] != pancreas) continue;
            (int plane, int rest) = Math.DivRem(i, grid.SliceLength);
            (column, row, slice, count) = (column + rest % grid.Columns, row + rest / grid.Columns, slice + plane, count + 1);
        }
        return grid.Affine.Apply(count == 0 ? new((grid.Columns - 1) / 2.0, (grid.Rows - 1) / 2.0, (grid.Slices - 1) / 2.0)
            : new((double)column / count, (double)row / count, (double)slice / count));
    }
}
