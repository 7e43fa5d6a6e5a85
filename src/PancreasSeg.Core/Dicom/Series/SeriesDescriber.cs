using PancreasSeg.Dicom.Codecs;
using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>Judges the images under one SeriesInstanceUID: is this a regular CT stack, and if not, why.</summary>
internal static class SeriesDescriber
{
    /// <summary>Describes what is under one UID: one series, or each of several reconstructions or phases.</summary>
    /// <param name="slices">Images of one UID and one kind.</param>
    /// <param name="setApart">Images under the same UID that are of another kind.</param>
    /// <param name="neighbour">A damaged file in the same folder that names no series, and so may be one of its slices.</param>
    /// <param name="options">Limits.</param>
    /// <param name="cancellation">Stops the comparing of copies.</param>
    public static IReadOnlyList<CtSeriesInfo> Describe(
        IReadOnlyList<CtSlice> slices, IReadOnlyList<CtSlice> setApart, SeriesProblem? neighbour, CtSeriesOptions options,
        CancellationToken cancellation)
    {
        slices = [.. slices.OrderBy(s => s.Path, StringComparer.Ordinal).ThenBy(s => s.Frame)];
        if (slices[0].Kind != SliceKind.Ct) return [Info("", slices, null, null, KindProblem(slices), [])];

        SeriesProblem? problem = neighbour ?? FirstOf(slices, SeriesReason.Damaged, SeriesReason.TooLarge,
            SeriesReason.PixelFormatNotSupported, SeriesReason.GeometryInvalid) ?? SeriesConsistency.FindProblem(slices)
            ?? Concatenations.FindMissingPart(slices);
        IReadOnlyList<SeriesPart> parts = problem is null ? SeriesPart.Split(slices) : [SeriesPart.Whole(slices)];
        return [.. parts.Select(part => Describe(part, setApart, problem, options, cancellation))];
    }

    /// <summary>More voxels than the limit allows; null when there are not.</summary>
    public static SeriesProblem? FindTooLarge(IReadOnlyList<CtSlice> slices, CtSeriesOptions options) =>
        VoxelsOf(slices) <= Math.Min(options.MaxVoxels, Array.MaxLength) ? null : new SeriesProblem(SeriesReason.TooLarge,
            Invariant($"{slices[0].Columns} x {slices[0].Rows} x {slices.Count} voxels are more than the limit of {options.MaxVoxels}."));

    /// <summary>Pixels that cannot be decoded on this machine; null when there are none.</summary>
    public static SeriesProblem? FindUnreadSyntax(IReadOnlyList<CtSlice> slices, Func<string, IFrameCodec?> codecOf)
    {
        foreach (CtSlice slice in slices.Where(s => !s.File.Syntax.IsNative).DistinctBy(s => s.File.Syntax))
        {
            IFrameCodec? codec = codecOf(slice.File.Syntax.Uid);
            if (codec is not null && codec.Obstacle is null) continue;
            string why = codec?.Obstacle?.Message ?? "This version does not read it.";
            return new SeriesProblem(SeriesReason.TransferSyntaxNotSupported,
                $"The pixels are encoded as {slice.File.Syntax}. {why}", slice.Path, codec?.Obstacle?.Remedy);
        }
        return null;
    }

    private static CtSeriesInfo Describe(
        SeriesPart part, IReadOnlyList<CtSlice> setApart, SeriesProblem? problem, CtSeriesOptions options, CancellationToken cancellation)
    {
        IReadOnlyList<CtSlice> slices = SliceCopies.Remove(part.Slices, cancellation);
        SliceStack? stack = null;
        VolumeGrid? grid = null;
        problem ??= slices.Count < 2 ? new SeriesProblem(SeriesReason.TooFewSlices, "A single image has no slice spacing.") : null;
        if (problem is null)
        {
            stack = new SliceStack(slices);
            problem = SeriesConsistency.FindOverlap(stack, Repeated(stack));
            if (problem is null && stack.FindProblem() is { } irregular) problem = FindTooLarge(slices, options) ?? irregular;
            grid = problem is null && VoxelsOf(slices) <= Array.MaxLength ? stack.ToGrid() : null;
            // The limit comes last: with a higher one the series is usable.
            problem ??= FirstOf(slices, SeriesReason.RescaleInvalid) ?? FindUnreadSyntax(slices, FrameCodecs.ForTransferSyntax)
                ?? FindTooLarge(slices, options) ?? FindDerived(slices);
        }
        IReadOnlyList<string> notes = SeriesNotes.For(slices, grid is null ? null : stack, part.Slices.Count - slices.Count, setApart);
        return Info(part.Name, stack?.Slices ?? slices, stack, grid, problem, [.. part.Notes, .. notes]);
    }

    private static CtSeriesInfo Info(string part, IReadOnlyList<CtSlice> slices, SliceStack? stack, VolumeGrid? grid,
        SeriesProblem? problem, IReadOnlyList<string> notes)
    {
        CtSlice first = slices[0];
        string prefix = part.Length == 0 ? "" : $"Part '{part}': ";
        if (problem is not null) problem = problem with { Detail = prefix + problem.Detail };
        string description = first.Attributes.Words(DicomTag.SeriesDescription) ?? "";
        string[] files = [.. slices.Select(s => s.Path).Distinct()];
        double[] spacing = stack is null ? [] : [first.Plane!.ColumnSpacing, first.Plane.RowSpacing, grid?.Spacing.Z ?? stack.MedianGap];
        return new CtSeriesInfo
        {
            SeriesInstanceUid = first.SeriesInstanceUid,
            Part = part,
            Path = PathOf(slices),
            Reason = problem?.Reason ?? SeriesReason.Usable,
            Detail = problem?.Detail ?? prefix + Invariant($"A regular stack of {slices.Count} slices."),
            Modality = ModalityOf(first),
            SeriesNumber = first.SeriesNumber,
            SliceCount = slices.Count,
            Columns = first.Columns,
            Rows = first.Rows,
            Spacing = spacing,
            SliceThickness = first.Thickness,
            Orientation = grid?.Orientation ?? "",
            Extent = grid is null ? [] : [grid.Columns * spacing[0], grid.Rows * spacing[1], grid.Slices * spacing[2]],
            TransferSyntax = string.Join(", ", slices.Select(s => s.File.Syntax.Name).Distinct()),
            ConvolutionKernel = first.Kernel,
            AcquisitionNumber = slices.All(s => s.AcquisitionNumber == first.AcquisitionNumber) ? first.AcquisitionNumber : null,
            HeaderDescription = description,
            Phase = StatedPhase.Of(description),
            Moment = SeriesMoment.Read(first.Attributes),
            Files = files,
            Notes = notes,
            Slices = slices,
            Stack = stack,
            Grid = grid,
            Problem = problem,
        };
    }

    private static SeriesProblem? FindDerived(IReadOnlyList<CtSlice> slices) =>
        DerivedSlices.Sentence(slices[0].Derivation) is not { } what ? null
            : new SeriesProblem(DerivedSlices.Reason(slices[0].Derivation), what);

    private static SeriesProblem KindProblem(IReadOnlyList<CtSlice> slices) => slices[0].Kind switch
    {
        SliceKind.Localizer => new(SeriesReason.Localizer, "A localizer (scout) for planning the scan."),
        SliceKind.SecondaryCapture => new(SeriesReason.SecondaryCapture, "Secondary captures (screen shots, dose pages), not CT slices."),
        _ => new(SeriesReason.NotCt, ModalityOf(slices[0]) is { } modality and not "CT"
            ? $"The modality is {modality}, not CT." : "The objects are not CT images."),
    };

    private static string? ModalityOf(CtSlice slice) =>
        slice.Attributes.Text(DicomTag.Modality) is { Length: <= 16 } text && text.All(char.IsAsciiLetterOrDigit) ? text : null;

    private static SeriesProblem? FirstOf(IReadOnlyList<CtSlice> slices, params ReadOnlySpan<SeriesReason> reasons)
    {
        foreach (SeriesReason reason in reasons)
            if (slices.FirstOrDefault(s => s.Problem?.Reason == reason)?.Problem is { } problem) return problem;
        return null;
    }

    private static long VoxelsOf(IReadOnlyList<CtSlice> slices) => (long)slices[0].Columns * slices[0].Rows * slices.Count;

    private static List<CtSlice[]> Repeated(SliceStack stack)
    {
        var repeated = new List<CtSlice[]>();
        for (int start = 0, k = 1; k <= stack.Slices.Count; k++)
        {
            if (k < stack.Slices.Count && stack.Positions[k] - stack.Positions[k - 1] < SliceStack.SamePosition) continue;
            if (k - start > 1) repeated.Add([.. stack.Slices.Skip(start).Take(k - start)]);
            start = k;
        }
        return repeated;
    }

    private static string PathOf(IReadOnlyList<CtSlice> slices)
    {
        string? archive = slices[0].File.Source.Archive;
        return archive is not null && slices.All(s => s.File.Source.Archive == archive) ? archive
            : CommonFolder([.. slices.Select(s => s.File.Source.Archive ?? s.Path).Distinct()]);
    }

    private static string CommonFolder(string[] files)
    {
        string folder = Path.GetDirectoryName(files[0])!;
        while (!files.All(f => IsBelow(f, folder)) && Path.GetDirectoryName(folder) is { } parent) folder = parent;
        return folder;
    }

    private static bool IsBelow(string file, string folder)
    {
        string prefix = Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar;
        return file.StartsWith(prefix, StringComparison.Ordinal) || Path.GetDirectoryName(file) == folder;
    }
}
