using System.Numerics;

namespace PancreasSeg.Simulation;

/// <summary>Where vessels and bowel attach, in the anatomic frame (<see cref="Habitus"/>).</summary>
internal sealed record Landmarks
{
    /// <summary>Centre line of the pancreas from the head over the neck to the tail, with half its thickness.</summary>
    public required TubeNode[] PancreasLine { get; init; }

    /// <summary>Index of the neck in <see cref="PancreasLine"/>.</summary>
    public required int Neck { get; init; }

    /// <summary>The surface of a gland that must stay as it is, beside which vessels find their place; null for one that they may
    /// groove.</summary>
    public Shape? GivenGland { get; init; }

    public required Vector3 LeftKidney { get; init; }
    public required Vector3 RightKidney { get; init; }
    public required Vector3 LiverHilum { get; init; }
    public required Vector3 SpleenHilum { get; init; }
    public required Vector3 DuodenojejunalFlexure { get; init; }
}
