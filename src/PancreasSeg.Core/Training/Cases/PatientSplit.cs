using PancreasSeg.Numerics;

namespace PancreasSeg.Training;

/// <summary>
/// Divides cases into those that train and those that validate, by patient and by seed, once. The same patients give the same
/// split in whatever order they come.
/// </summary>
internal static class PatientSplit
{
    /// <summary>
    /// Which cases validate. At least one patient trains; of two or more at least one validates, unless the fraction is 0.
    /// </summary>
    /// <exception cref="CoreException"><see cref="Fault.TrainingDataInvalid"/>: fewer patients than folds.</exception>
    public static bool[] Validates(IReadOnlyList<string> patientOfCase, ValidationOptions options, int seed)
    {
        string[] patients = [.. patientOfCase.Distinct().Order(StringComparer.Ordinal)];
        if (options.Folds > patients.Length)
            throw new CoreException(Fault.TrainingDataInvalid, $"{patients.Length} patients cannot be divided into {options.Folds} folds.",
                remedy: "Use fewer folds.");
        new SeededRandom((ulong)seed).Fork("split").Shuffle(patients.AsSpan());
        HashSet<string> held = options.Folds is { } folds
            ? [.. patients.Where((_, i) => i % folds == options.Fold - 1)]
            : [.. patients.Take(Math.Min(Wanted(options.Fraction, patients.Length), patients.Length - 1))];
        return [.. patientOfCase.Select(held.Contains)];

        static int Wanted(double fraction, int patients) => fraction > 0 ? Math.Max(1, (int)Math.Round(fraction * patients)) : 0;
    }
}
