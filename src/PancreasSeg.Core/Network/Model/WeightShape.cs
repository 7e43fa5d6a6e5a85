namespace PancreasSeg.Network;

/// <summary>Name and shape of one weight tensor.</summary>
/// <param name="Name">Its name in the model file, e.g. <c>encoder0.conv1.weight</c>.</param>
/// <param name="Shape">Its shape, outermost axis first.</param>
internal sealed record WeightShape(string Name, params int[] Shape)
{
    /// <summary>Number of values.</summary>
    public long Count => Shape.Aggregate(1L, (count, n) => count * n);
}
