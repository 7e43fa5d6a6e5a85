namespace PancreasSeg.Training;

/// <summary>For which of the two stages of a model cases are simulated.</summary>
public enum SimulationStage
{
    /// <summary>The trunk, or a part of it, at 5 mm.</summary>
    Locator,

    /// <summary>A box of 240 x 192 x 144 mm round the pancreas at 3 mm.</summary>
    Refiner,
}
