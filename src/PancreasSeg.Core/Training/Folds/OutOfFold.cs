using PancreasSeg.Evaluation;
using PancreasSeg.Network;
using PancreasSeg.Nifti;
using PancreasSeg.Postprocess;

namespace PancreasSeg.Training;

/// <summary>Measures cases by a model that has not seen them, and keeps their masks, their
/// probabilities and the worst of them as pictures.</summary>
/// <param name="folder">Full path of the cross-validation.</param>
/// <param name="options">Settings of the training.</param>
/// <param name="model">The model.</param>
internal sealed class OutOfFold(string folder, TrainingOptions options, PancreasModel model)
{
    private const string MaskFolder = "masks", WorstFolder = "worst", MaskEnding = "_mask.nii.gz";

    /// <summary>Cases of a fold that are shown as pictures.</summary>
    private const int PicturedCases = 10;

    /// <summary>Deletes all masks, pictures and what else is kept of cases.</summary>
    public static void Delete(string folder)
    {
        foreach ((string part, string names) in KeptCase.Places.Concat([(MaskFolder, "*" + MaskEnding), (WorstFolder, "*.png")]))
            if (Directory.Exists(Path.Combine(folder, part)))
                foreach (string file in Directory.GetFiles(Path.Combine(folder, part), names)) File.Delete(file);
    }

    /// <summary>Measures the cases as segmentation would, each on the scanner's own grid: in a box, where the plan has one, as if a
    /// locator had found the centre of the reference.</summary>
    public FoldRecord Measure(IEnumerable<PreparedCase> cases, CancellationToken cancellation)
    {
        using var network = new LearningNetwork(options with { Start = model });
        double[] thresholds = OverlapCurve.Thresholds(options.Validation.Threshold);
        var scores = new List<FoldCase>();
        double smallestPart = options.Plan.SmallestPart;
        var counts = new VoxelCounts[thresholds.Length];
        var pictures = new PriorityQueue<(string Name, byte[] Picture), double>();
        foreach (PreparedCase item in cases.Select(item => TrainingBox.Shown(item, options.Plan)))
        {
            float[] probabilities = network.Probability(item, cancellation);
            var answer = new ProbabilityVolume(item.Input.OutputGrid, probabilities);
            LabelVolume mask = Mask(item, answer, cancellation);
            if (smallestPart > 0) mask = Components.Large(mask, smallestPart, cancellation);
            Keep(MaskFolder, item.Name + MaskEnding, file => NiftiFile.Write(file, mask, true, cancellation));
            LabelVolume reference = item.Reference!.ToVolume(item.Name);
            var kept = KeptCase.Of(answer, reference, options.Plan.Interpolation, cancellation);
            kept.Write(folder, item.Name, cancellation);
            scores.Add(FoldCase.Of(SegmentationMeasure.Compare(mask, reference, cancellation: cancellation),
                QualitySigns.Of(answer, item.Input.Values.Span, reference.Grid.Spacing.Z, cancellation)));
            for (int t = 0; t < counts.Length; t++) counts[t] += kept.Counts(kept.Mask(thresholds[t], smallestPart, cancellation));
            pictures.Enqueue((item.Name, CasePicture.Draw(item, probabilities, options)), -scores[^1].Dice);
            if (pictures.Count > PicturedCases) pictures.Dequeue();
        }
        foreach (((string name, byte[] picture), _) in pictures.UnorderedItems)
            Keep(WorstFolder, name + ".png", file => AtomicFile.Write(file, overwrite: true, stream => stream.Write(picture)));
        return new FoldRecord(model.Sha256, scores, [.. thresholds.Zip(counts,
            (threshold, sum) => new FoldCounts(threshold, sum.TruePositives, sum.FalseNegatives, sum.FalsePositives))])
        { Places = 1 };
    }

    private LabelVolume Mask(PreparedCase item, ProbabilityVolume answer, CancellationToken cancellation)
    {
        var source = new VolumeSource(item.Name);
        (VolumeGrid grid, double threshold) = (item.Reference!.Grid, options.Validation.Threshold);
        return options.Plan.Interpolation == Interpolation.Nearest
            ? SourceGrid.NearestMask(answer, grid, threshold, source, cancellation)
            : SourceGrid.Mask(answer, grid, threshold, source, cancellation: cancellation);
    }

    private void Keep(string part, string name, Action<string> write)
    {
        string full = Path.Combine(folder, part);
        FileFault.Writing(full, () => Directory.CreateDirectory(full));
        write(Path.Combine(full, FileNames.Safe(name)));
    }
}
