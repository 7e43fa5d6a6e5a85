namespace PancreasSeg.Network;

/// <summary>The two stages of a model.</summary>
public enum ModelStage
{
    /// <summary>Finds the pancreas in the whole volume.</summary>
    Locator,

    /// <summary>Segments it in a box round it.</summary>
    Refiner,
}
