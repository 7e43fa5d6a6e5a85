using PancreasSeg.Nifti;
using PancreasSeg.Postprocess;

namespace PancreasSeg.Training;

/// <summary>
/// What a cross-validation keeps of a case beside its mask: the probabilities of the model that has not seen it, in steps of 1/255, and
/// the reference, both on the scanner's own voxels in the box that holds them.
/// </summary>
/// <param name="Probability">0 to 255.</param>
/// <param name="Reference">1 where the pancreas is.</param>
internal sealed record KeptCase(LabelVolume Probability, LabelVolume Reference)
{
    private const string ProbabilityEnding = "_probability.nii.gz", ReferenceEnding = "_reference.nii.gz";

    /// <summary>Probability up to which what lies outside the box does not count.</summary>
    private const float Least = 0.02f;

    private const int Steps = byte.MaxValue;

    /// <summary>Folders of a cross-validation and what in them is written here.</summary>
    public static IReadOnlyList<(string Folder, string Names)> Places { get; } =
        [("probabilities", "*" + ProbabilityEnding), ("references", "*" + ReferenceEnding)];

    /// <summary>Takes what is kept.</summary>
    /// <param name="answer">Probabilities on the network's grid.</param>
    /// <param name="reference">The reference on the scanner's grid, 0 and 1.</param>
    /// <param name="interpolation">How the plan goes back to the scanner's grid.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    public static KeptCase Of(
        ProbabilityVolume answer, LabelVolume reference, Interpolation interpolation, CancellationToken cancellation)
    {
        VolumeGrid grid = reference.Grid;
        IndexBox box = IndexBox.OfNonZero(grid, reference.Labels);
        LabelVolume? nearest = null;
        if (interpolation == Interpolation.Nearest)
        {
            byte[] steps = [.. answer.Values.ToArray().Select(p => p > Least ? Step(p) : (byte)0)];
            nearest = NearestResampler.Restore(new LabelVolume(answer.Grid, steps, answer.Source), grid, cancellation);
            box = box.Union(IndexBox.OfNonZero(grid, nearest.Labels));
        }
        else
        {
            box = box.Union(Resampler.TargetBox(IndexBox.OfAbove(answer.Grid, answer.Values, Least), answer.Grid, grid));
        }
        if (box.IsEmpty) box = new IndexBox(0, 0, 0, 1, 1, 1);
        if (nearest is not null) return new KeptCase(Cut(nearest, box), Cut(reference, box));
        VolumeGrid cut = box.Cut(grid);
        var probability = new byte[cut.VoxelCount];
        answer.ForEachSlice(cut, (slice, values) =>
        {
            Span<byte> plane = probability.AsSpan(slice * cut.SliceLength, cut.SliceLength);
            for (int i = 0; i < plane.Length; i++) plane[i] = Step(values[i]);
        }, cancellation);
        return new KeptCase(new LabelVolume(cut, probability, reference.Source), Cut(reference, box));
    }

    /// <summary>The voxels above a probability.</summary>
    public LabelVolume Above(double threshold)
    {
        ReadOnlySpan<byte> steps = Probability.Labels.Span;
        var mask = new byte[steps.Length];
        for (int i = 0; i < mask.Length; i++) mask[i] = steps[i] > threshold * Steps ? (byte)1 : (byte)0;
        return new LabelVolume(Probability.Grid, mask, Probability.Source);
    }

    /// <summary>The mask that segmentation makes.</summary>
    /// <param name="threshold">Above which a voxel is pancreas.</param>
    /// <param name="smallestPart">Of the largest part; smaller parts are left out. 0 keeps all.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    public LabelVolume Mask(double threshold, double smallestPart, CancellationToken cancellation) =>
        smallestPart > 0 ? Components.Large(Above(threshold), smallestPart, cancellation) : Above(threshold);

    /// <summary>A mask on these voxels against the reference.</summary>
    public VoxelCounts Counts(LabelVolume mask)
    {
        ReadOnlySpan<byte> found = mask.Labels.Span, truth = Reference.Labels.Span;
        (long both, long missed, long wrong) = (0, 0, 0);
        for (int i = 0; i < found.Length; i++)
            if (found[i] != 0 && truth[i] != 0) both++;
            else if (truth[i] != 0) missed++;
            else if (found[i] != 0) wrong++;
        return new VoxelCounts(both, missed, wrong);
    }

    /// <summary>Writes both files.</summary>
    /// <param name="folder">Of the cross-validation.</param>
    /// <param name="name">Of the case.</param>
    /// <param name="cancellation">Stops the work.</param>
    public void Write(string folder, string name, CancellationToken cancellation)
    {
        foreach ((string file, LabelVolume volume) in Files(folder, name).Zip([Probability, Reference]))
        {
            FileFault.Writing(file, () => Directory.CreateDirectory(Path.GetDirectoryName(file)!));
            NiftiFile.Write(file, volume, true, cancellation);
        }
    }

    /// <summary>Whether both files of a case are there; earlier versions kept none.</summary>
    public static bool Exists(string folder, string name) => Files(folder, name).All(File.Exists);

    /// <summary>Reads what was kept of a case.</summary>
    /// <exception cref="CoreException">A file is missing or damaged, or the two do not belong together.</exception>
    public static KeptCase Read(string folder, string name, CancellationToken cancellation)
    {
        string[] files = Files(folder, name);
        LabelVolume probability = NiftiFile.ReadLabels(files[0], cancellation), reference = NiftiFile.ReadLabels(files[1], cancellation);
        return probability.Grid.Matches(reference.Grid) ? new KeptCase(probability, reference)
            : throw new CoreException(Fault.GridMismatch, $"'{files[0]}' and '{files[1]}' do not lie on the same voxels.", files[0],
                "Delete the record of the fold and go on with -Resume: its cases are measured again.");
    }

    private static string[] Files(string folder, string name) =>
        [.. Places.Select(place => Path.Combine(folder, place.Folder, FileNames.Safe(name) + place.Names[1..]))];

    private static byte Step(float probability) => (byte)(probability * Steps + 0.5f);

    private static LabelVolume Cut(LabelVolume volume, IndexBox box)
    {
        VolumeGrid grid = box.Cut(volume.Grid);
        var labels = new byte[grid.VoxelCount];
        for (int line = 0; line < box.Rows * box.Slices; line++)
            volume.Labels.Span.Slice(volume.Grid.IndexOf(box.Column, box.Row + line % box.Rows, box.Slice + line / box.Rows), box.Columns)
                .CopyTo(labels.AsSpan(line * box.Columns));
        return new LabelVolume(grid, labels, volume.Source);
    }
}
