namespace PancreasSeg.Training;

/// <summary>Why a number of a plan is what it is.</summary>
/// <param name="Rule">Number of the rule, in the order in which they are followed.</param>
/// <param name="Setting">What was decided.</param>
/// <param name="Value">How.</param>
/// <param name="Why">Why.</param>
public sealed record PlanReason(int Rule, string Setting, string Value, string Why)
{
    /// <summary>All of it in one line.</summary>
    public override string ToString() => $"{Rule}. {Setting} {Value}: {Why}.";
}
