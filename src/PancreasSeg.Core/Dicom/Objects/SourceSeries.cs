using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>The CT series that a mask was drawn on, found anew from its headers.</summary>
internal sealed class SourceSeries
{
    private SourceSeries(CtSeriesInfo info, string frameOfReference) => (Info, FrameOfReferenceUid) = (info, frameOfReference);

    public CtSeriesInfo Info { get; }

    /// <summary>The images, ascending along their normal.</summary>
    public IReadOnlyList<CtSlice> Slices => Info.Slices;

    public CtSlice First => Slices[0];

    public string FrameOfReferenceUid { get; }

    /// <summary>Mean distance of neighbouring planes along their normal, in mm.</summary>
    public double PlaneDistance => Vector3D.Dot(Slices[^1].Plane!.Position - First.Plane!.Position,
        First.Plane.Normal) / (Slices.Count - 1);

    /// <summary>Reads the headers under a path and takes the series that was segmented.</summary>
    /// <param name="path">A folder, file or zip archive.</param>
    /// <param name="grid">The mask's, which tells series apart; null when there is no mask.</param>
    /// <param name="uid">The series that was segmented, where that is known.</param>
    /// <param name="cancellation">Stops the search.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>, <see cref="Fault.DicomSeriesEmpty"/>,
    /// <see cref="Fault.SourceSeriesDiffers"/>,
    /// <see cref="Fault.DicomSeriesAmbiguous"/>, or as <see cref="Of"/>.</exception>
    public static SourceSeries Find(string path, VolumeGrid? grid, string? uid, CancellationToken cancellation)
    {
        CtSeriesInfo[] stacks = [.. CtSeriesFinder.Find(path, cancellation: cancellation).Series.Where(s => s.Stack is not null)];
        if (stacks.Length == 0) throw new CoreException(Fault.DicomSeriesEmpty,
            $"'{path}' holds no stack of CT images.", path, "Give the CT series by -Source.");
        if (uid is not null)
        {
            stacks = [.. stacks.Where(s => s.SeriesInstanceUid == uid)];
            if (stacks.Length == 0)
                throw new CoreException(Fault.SourceSeriesDiffers,
                    $"'{path}' does not hold series {uid}, which was segmented.", path, "Give the right series by -Source.");
        }
        if (stacks.Length == 1) return Of(stacks[0]);
        CtSeriesInfo[] fitting = [.. stacks.Where(s => s.Grid is { } own && (grid is null || LabelVolume.SharesVoxels(grid, own)))];
        return fitting.Length switch
        {
            1 => Of(fitting[0]),
            0 => throw GridDiffers(path, $"None of {stacks.Length} CT series in '{path}' has the mask's grid ({grid})."),
            _ => throw new CoreException(Fault.DicomSeriesAmbiguous, $"{fitting.Length} CT series in '{path}' have the mask's grid.", path,
                "Give the one that was segmented by -Source, out of Get-CtSeries."),
        };
    }

    /// <summary>Takes a series that was found before.</summary>
    /// <exception cref="CoreException"><see cref="Fault.DicomSeriesEmpty"/>: its images form no stack;
    /// <see cref="Fault.FrameOfReferenceMissing"/>;
    /// <see cref="Fault.DicomFileInvalid"/>: an image has no SOP instance UID.</exception>
    public static SourceSeries Of(CtSeriesInfo info)
    {
        if (info.Stack is null || info.Problem is { Reason: SeriesReason.DuplicatePositions } problem)
            throw (info.Problem ?? new SeriesProblem(SeriesReason.TooFewSlices, "Its images form no stack.")).ToException(info.Path);
        string? frame = info.Slices[0].Attributes.Uid(DicomTag.FrameOfReferenceUid);
        if (frame is null)
            throw new CoreException(Fault.FrameOfReferenceMissing,
                $"The series in '{info.Path}' has no Frame of Reference UID (0020,0052).", info.Path,
                "Without it no viewer can lay a mask over the series; export the mask as NIfTI.");
        if (info.SeriesInstanceUid.Length == 0)
            throw new CoreException(
                Fault.DicomFileInvalid, $"The series in '{info.Path}' has no Series Instance UID (0020,000E).", info.Path,
                "Export the series again without taking its UIDs away.");
        CtSlice? nameless = info.Slices.FirstOrDefault(s => s.SopInstanceUid is null || s.SopClassUid is null);
        if (nameless is not null)
            throw new CoreException(Fault.DicomFileInvalid,
                $"'{nameless.Path}' has no SOP class or instance UID.", nameless.Path, "Copy the file again from its source.");
        return new SourceSeries(info, frame);
    }

    /// <summary>The labels of a mask in the order of this series' pixels: column-fastest, slices ascending along the normal.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="onSourceSlices">Whether a mask on another grid is brought onto the slices.</param>
    /// <param name="cancellation">Looked at between slices.</param>
    /// <exception cref="CoreException"><see cref="Fault.SourceGridDiffers"/>.</exception>
    public ReadOnlyMemory<byte> LabelsOf(LabelVolume mask, bool onSourceSlices, CancellationToken cancellation)
    {
        if (Info.Grid is { } grid && mask.OnVoxelsOf(grid, cancellation) is { } same) return same.Labels;
        if (onSourceSlices) return Sample(mask, cancellation);
        throw GridDiffers(Info.Path, Invariant(
            $"The mask ({mask.Grid}) does not lie on the {Slices.Count} slices of the series in '{Info.Path}'."));
    }

    private byte[] Sample(LabelVolume mask, CancellationToken cancellation)
    {
        (int columns, int rows) = (First.Columns, First.Rows);
        var labels = new byte[checked(columns * rows * Slices.Count)];
        AffineTransform toMask = mask.Grid.Affine.Inverse();
        ParallelWork.For(Slices.Count, k =>
        {
            PlaneGeometry plane = Slices[k].Plane!;
            AffineTransform index = toMask.Compose(new AffineTransform(plane.ColumnStep, plane.RowStep, plane.Normal, plane.Position));
            for (int row = 0; row < rows; row++)
                for (int column = 0; column < columns; column++)
                    labels[column + columns * (row + rows * k)] = Nearest(mask, index.Apply(new(column, row, 0)));
        }, cancellation);
        return labels;
    }

    private static byte Nearest(LabelVolume mask, Vector3D index)
    {
        (int c, int r, int s) = ((int)Math.Round(index.X), (int)Math.Round(index.Y), (int)Math.Round(index.Z));
        VolumeGrid grid = mask.Grid;
        bool inside = (uint)c < (uint)grid.Columns && (uint)r < (uint)grid.Rows && (uint)s < (uint)grid.Slices;
        return inside ? mask.Labels.Span[grid.IndexOf(c, r, s)] : (byte)0;
    }

    private static CoreException GridDiffers(string path, string message) => new(Fault.SourceGridDiffers, message, path,
        "A series that was regularized goes onto its own slices with -OnSourceSlices, or into contours with -Kind RtStruct; "
        + "for another series give the right one by -Source.");
}
