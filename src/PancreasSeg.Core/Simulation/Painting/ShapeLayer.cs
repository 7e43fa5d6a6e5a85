namespace PancreasSeg.Simulation;

/// <summary>Paints one shape over some tissues: vessels, muscles, nodules.</summary>
/// <param name="shape">Where.</param>
/// <param name="over">What it may replace.</param>
/// <param name="tissue">What it is made of.</param>
internal sealed class ShapeLayer(Shape shape, TissueSet over, TissueAt tissue) : SceneLayer
{
    public ShapeLayer(Shape shape, TissueSet over, TissueClass tissue) : this(shape, over, (_, _, _) => tissue)
    {
    }

    public override void Paint(Scanline row)
    {
        (int from, int to) = shape.Measure(row, over, 0);
        for (int i = from; i < to; i++)
            if (row.Distance[i] < 0 && over.Contains(row.Classes[i]))
                row.Classes[i] = (byte)tissue(row, i, -row.Distance[i]);
    }
}
