using PancreasSeg.Numerics;

namespace PancreasSeg.Network;

/// <summary>The weights training starts from.</summary>
internal static class InitialWeights
{
    /// <summary>
    /// He initialisation (He et al. 2015, "Delving deep into rectifiers"), uniform in +-sqrt(6 / fan-in), zero biases; the same for
    /// the same seed on every machine.
    /// </summary>
    public static ModelWeights Draw(NetworkSpec spec, int seed)
    {
        SeededRandom random = new SeededRandom((ulong)seed).Fork("weights");
        var tensors = new List<WeightTensor>();
        foreach (WeightShape shape in spec.Layout)
        {
            var values = new float[shape.Count];
            if (shape.Shape.Length > 1)
            {
                float limit = (float)Math.Sqrt(6.0 / FanIn(shape, spec)) * Gain(shape, spec);
                for (int i = 0; i < values.Length; i++) values[i] = random.Uniform(-limit, limit);
            }
            else if (shape.Name.Contains(".norm", StringComparison.Ordinal) && shape.Name.EndsWith(".weight", StringComparison.Ordinal))
            {
                Array.Fill(values, IsLastOfBranch(shape, spec) ? 0 : 1);
            }
            tensors.Add(new WeightTensor(shape, values));
        }
        return new ModelWeights(tensors);
    }

    /// <summary>
    /// Those of a trained model. Where the classes differ, the layers that tell them apart keep what belongs to classes of the same
    /// name; what is new in them is drawn.
    /// </summary>
    /// <param name="model">A model whose network differs in its classes at most.</param>
    /// <param name="spec">The network to train.</param>
    /// <param name="classNames">Its classes, in the order of its channels.</param>
    /// <param name="seed">Decides what is drawn.</param>
    public static ModelWeights From(PancreasModel model, NetworkSpec spec, IReadOnlyList<string> classNames, int seed)
    {
        int[] origin = [.. classNames.Select(name => model.ClassNames.ToList().IndexOf(name))];
        ModelWeights from = model.Weights;
        return new ModelWeights([.. Draw(spec, seed).Tensors.Select(drawn =>
        {
            float[] trained = from.Find(drawn.Shape.Name)!.Values;
            return drawn with { Values = SeparatesClasses(drawn.Shape) ? OfClasses(drawn, trained, origin, model.Network.Classes)
                : trained };
        })]);
    }

    private static bool SeparatesClasses(WeightShape w) =>
        w.Name.StartsWith("head", StringComparison.Ordinal) || w.Name.StartsWith("output", StringComparison.Ordinal);

    /// <summary>A row for each class; the output's columns are the classes again, once for each head.</summary>
    private static float[] OfClasses(WeightTensor drawn, float[] trained, int[] origin, int trainedClasses)
    {
        int columns = drawn.Values.Length / origin.Length, trainedColumns = trained.Length / trainedClasses;
        bool classColumns = drawn.Shape.Name == "output.weight";
        float[] values = [.. drawn.Values];
        for (int i = 0; i < values.Length; i++)
        {
            (int head, int column) = classColumns ? Math.DivRem(i % columns, origin.Length) : (0, i % columns);
            int row = origin[i / columns];
            if (classColumns) column = origin[column];
            if (row >= 0 && column >= 0) values[i] = trained[row * trainedColumns + head * trainedClasses + column];
        }
        return values;
    }

    /// <summary>
    /// Inputs that reach one output value. A transposed 4x4 kernel with stride 2 sends four of its sixteen taps to each, one as large as
    /// its stride a single tap; Keras, and so the slice network, counts all taps of the outputs.
    /// </summary>
    private static long FanIn(WeightShape w, NetworkSpec spec) => spec.Kind switch
    {
        NetworkKind.AttentionUNet when w.Name.StartsWith("up", StringComparison.Ordinal) => w.Shape[0] * 4,
        NetworkKind.ResidualUNet when w.Name.StartsWith("decoder.transpconvs", StringComparison.Ordinal) => w.Shape[0],
        _ => w.Count / w.Shape[0],
    };

    /// <summary>The scale of a ResidualUNet's normalisation before a sum: at 0 each block begins as its by-pass alone (Goyal et al. 2017),
    /// as nnU-Net's do.</summary>
    private static bool IsLastOfBranch(WeightShape w, NetworkSpec spec) =>
        spec.Kind == NetworkKind.ResidualUNet && w.Name.EndsWith(".conv2.norm.weight", StringComparison.Ordinal);

    /// <summary>
    /// Without normalisation a residual branch starts small, so that the signal neither doubles its variance nor explodes from
    /// block to block (Zhang et al. 2019, "Fixup initialization").
    /// </summary>
    private static float Gain(WeightShape w, NetworkSpec spec) =>
        spec.Kind == NetworkKind.AttentionUNet && spec.Norm == NetworkNorm.None
            && w.Name.EndsWith(".conv2.weight", StringComparison.Ordinal) ? 0.1f : 1;
}
