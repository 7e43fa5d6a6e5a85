using PancreasSeg.Network;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Core.Tests.Network;

/// <summary>Small models with drawn weights, for tests of everything around the weights.</summary>
internal static class TestModels
{
    public static NetworkSpec Small { get; } = new() { Filters = 4, Stages = 3 };

    /// <summary>Weights as training starts with, plus biases: those start at zero and would hide a forgotten one.</summary>
    public static ModelWeights Weights(NetworkSpec spec, int seed = 1)
    {
        var random = new Random(seed);
        ModelWeights drawn = InitialWeights.Draw(spec, seed);
        return new ModelWeights([.. drawn.Tensors.Select(t => t.Shape.Shape.Length == 1
            ? t with { Values = [.. t.Values.Select(v => v + 0.2f * (random.NextSingle() - 0.5f))] }
            : t)]);
    }

    public static PancreasModel Model(NetworkSpec? spec = null, ModelWeights? weights = null)
    {
        spec ??= Small;
        weights ??= Weights(spec);
        var header = new ModelHeader
        {
            FormatVersion = ModelHeader.CurrentVersion,
            Name = "test model",
            Network = spec,
            Plan = new PreprocessPlan { Spacing = [1.5, 1.5, 3], WindowLow = -100 },
            Threshold = 0.4,
            Curve = [new OperatingPoint(0.3, 0.9, 0.7), new OperatingPoint(0.5, 0.8, 0.8)],
            Validation = [new ValidationScore("case 1", 0.81, 0.9, 0.74)],
            TrainingData = "Two phantoms.",
            License = "MIT",
            Sha256 = weights.Sha256(),
        };
        return new PancreasModel(header, weights);
    }

    /// <summary>A model that states another recall and precision curve.</summary>
    public static PancreasModel WithCurve(IReadOnlyList<OperatingPoint> curve)
    {
        PancreasModel model = Model();
        return new PancreasModel(model.Header with { Curve = curve }, model.Weights);
    }

    public static float[] Input(int depth, int height, int width, int seed = 5)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, depth * height * width).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
