namespace PancreasSeg.Network;

/// <summary>What a threshold is chosen for.</summary>
public enum OperatingPointKind
{
    /// <summary>Recall and precision alike.</summary>
    Balanced,

    /// <summary>Little missed: recall counts twice as much.</summary>
    Recall,

    /// <summary>Little wrong: precision counts twice as much.</summary>
    Precision,
}
