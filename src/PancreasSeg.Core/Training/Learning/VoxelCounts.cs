namespace PancreasSeg.Training;

/// <summary>Voxels of a mask against its reference.</summary>
internal readonly record struct VoxelCounts(long TruePositives, long FalseNegatives, long FalsePositives)
{
    /// <summary>2 TP / (2 TP + FN + FP), which is F1 = 2 P R / (P + R); 0 where there is nothing at all.</summary>
    public double Dice => Ratio(2 * TruePositives, 2 * TruePositives + FalseNegatives + FalsePositives);

    /// <summary>TP / (TP + FN); 0 without a labelled voxel.</summary>
    public double Recall => Ratio(TruePositives, TruePositives + FalseNegatives);

    /// <summary>TP / (TP + FP); 0 without a voxel found.</summary>
    public double Precision => Ratio(TruePositives, TruePositives + FalsePositives);

    public static VoxelCounts operator +(VoxelCounts a, VoxelCounts b) =>
        new(a.TruePositives + b.TruePositives, a.FalseNegatives + b.FalseNegatives, a.FalsePositives + b.FalsePositives);

    /// <summary>Counts where the probability is above the threshold against where the class is the pancreas'.</summary>
    public static VoxelCounts Of(ReadOnlySpan<float> probabilities, ReadOnlySpan<byte> classes, double threshold, int pancreas = 1)
    {
        long predicted = 0, labelled = 0, both = 0;
        for (int i = 0; i < classes.Length; i++)
        {
            int p = probabilities[i] > threshold ? 1 : 0, y = classes[i] == pancreas ? 1 : 0;
            predicted += p;
            labelled += y;
            both += p & y;
        }
        return new VoxelCounts(both, labelled - both, predicted - both);
    }

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
