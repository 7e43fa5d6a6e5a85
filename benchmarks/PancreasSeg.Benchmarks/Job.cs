namespace PancreasSeg.Benchmarks;

/// <summary>Something to measure: prepared once, then run several times in a process of its own.</summary>
/// <param name="Name">Name on the command line and in the table.</param>
/// <param name="IsSlow">Runs three times at most.</param>
/// <param name="Prepare">Makes the inputs and returns what is measured, or null where something it needs is absent.</param>
/// <param name="Gigaflop">Multiplications and additions of a run in billions, where they are known.</param>
/// <param name="Product">Name of the matrix product in whose number format most of them are.</param>
internal sealed record Job(string Name, bool IsSlow, Func<Action> Prepare, double Gigaflop = 0, string? Product = null);
