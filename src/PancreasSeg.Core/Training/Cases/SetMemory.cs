using System.Globalization;
using PancreasSeg.Import;
using PancreasSeg.Nifti;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>What the prepared cases of a training take while they are kept in memory, told before any of them is read.</summary>
internal static class SetMemory
{
    /// <summary>Part of the free memory that cases may take before it is worth a word: the steps need the rest.</summary>
    private const double MostShare = 0.5;

    /// <summary>Bytes of all cases by the headers of their files, those whose headers do not tell counted as the others; null where none
    /// tells.</summary>
    public static long? Estimate(IReadOnlyList<TrainingCaseSource> cases, PreprocessPlan plan, IReadOnlyList<int>? divisors = null)
    {
        var preprocessor = new Preprocessor(plan, divisors);
        long[] known = [.. cases.Select(item => Prepared(item, preprocessor, plan)).OfType<VolumeGrid>()
            .Select(grid => grid.VoxelCount * (long)PreparedCase.VoxelBytes)];
        return known.Length == 0 ? null : (long)(known.Average() * cases.Count);
    }

    /// <summary>A warning where cases would fill the memory; null where not.</summary>
    /// <param name="bytes">Out of <see cref="Estimate"/>.</param>
    /// <param name="cases">How many cases there are.</param>
    /// <param name="free">Bytes of memory that are free.</param>
    public static string? Warning(long bytes, int cases, long free) => bytes <= MostShare * free ? null : string.Create(
        CultureInfo.InvariantCulture, $"The {cases} prepared cases will take about {bytes >> 20} MB of memory, and {free >> 20} MB are free. "
            + $"-CachePath keeps them in a folder and reads them as they are needed.");

    // Of a DICOM folder its label tells: it lies on the CT's voxels.
    private static VolumeGrid? Prepared(TrainingCaseSource source, Preprocessor preprocessor, PreprocessPlan plan)
    {
        if (source.Files.FirstOrDefault(CtImporter.IsNifti) is not { } file) return null;
        try
        {
            return TrainingBox.Prepared(preprocessor, plan, NiftiFile.ReadGrid(file), default);
        }
        catch (CoreException)
        {
            return null;                                    // whoever reads the case says why
        }
    }
}
