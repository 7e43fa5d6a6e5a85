namespace PancreasSeg.Network;

/// <summary>
/// The weights training starts from: He initialisation (He et al. 2015, "Delving deep into rectifiers"), uniform in
/// +-sqrt(6 / fan-in), zero biases; the same for the same seed on every machine.
/// </summary>
internal static class InitialWeights
{
    public static ModelWeights Draw(NetworkSpec spec, int seed)
    {
        var random = new Random(seed);
        var tensors = new List<WeightTensor>();
        foreach (WeightShape shape in spec.Layout)
        {
            var values = new float[shape.Count];
            if (shape.Shape.Length > 1)
            {
                float limit = (float)Math.Sqrt(6.0 / FanIn(shape, spec)) * Gain(shape, spec);
                for (int i = 0; i < values.Length; i++) values[i] = (random.NextSingle() * 2 - 1) * limit;
            }
            else if (shape.Name.Contains(".norm", StringComparison.Ordinal) && shape.Name.EndsWith(".weight", StringComparison.Ordinal))
            {
                Array.Fill(values, 1);
            }
            tensors.Add(new WeightTensor(shape, values));
        }
        return new ModelWeights(tensors);
    }

    /// <summary>
    /// Inputs that reach one output value. A transposed 4x4 kernel with stride 2 sends four of its sixteen taps to each; Keras,
    /// and so the slice network, counts all taps of the outputs.
    /// </summary>
    private static long FanIn(WeightShape w, NetworkSpec spec) =>
        spec.Kind == NetworkKind.AttentionUNet && w.Name.StartsWith("up", StringComparison.Ordinal) ? w.Shape[0] * 4 : w.Count / w.Shape[0];

    /// <summary>
    /// Without normalisation a residual branch starts small, so that the signal neither doubles its variance nor explodes from
    /// block to block (Zhang et al. 2019, "Fixup initialization").
    /// </summary>
    private static float Gain(WeightShape w, NetworkSpec spec) =>
        spec.Kind == NetworkKind.AttentionUNet && spec.Norm == NetworkNorm.None && w.Name.EndsWith(".conv2.weight", StringComparison.Ordinal) ? 0.1f : 1;
}
