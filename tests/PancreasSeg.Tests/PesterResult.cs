namespace PancreasSeg.Tests;

/// <summary>How one <c>It</c> ended.</summary>
/// <param name="Name">Its file, blocks and name.</param>
/// <param name="Result">Passed, Failed, Skipped or NotRun.</param>
/// <param name="Message">What failed.</param>
public sealed record PesterResult(string Name, string Result, string Message)
{
    /// <summary>What the list of tests shows.</summary>
    public override string ToString() => Name;
}
