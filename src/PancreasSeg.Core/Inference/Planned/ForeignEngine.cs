using PancreasSeg.Network;

namespace PancreasSeg.Inference;

/// <summary>Runs another project's network, ONNX or TorchScript, patch by patch as its plan says.</summary>
internal sealed class ForeignEngine(PancreasModel model, IPlannedNetwork network) : ISegmentationEngine
{
    private readonly ForeignPlan _plan = model.Foreign!;
    private readonly AxisOrder _order = new(model.Foreign!.Axes);

    public EngineInfo Info => network.Info;

    public Prediction Run(ReadOnlyMemory<float> input, Execution execution, bool withClasses = false,
        IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        execution.Check(input, [1, 1, 1]);
        (int depth, int height, int width) = (execution.Depth, execution.Height, execution.Width);
        float[] values = _order.ToNetwork(input.Span, depth, height, width);
        (int A, int B, int C) size = _order.Size(depth, height, width), patch = (_plan.Patch[0], _plan.Patch[1], _plan.Patch[2]);
        (float factor, float summand) = _plan.Scale;
        foreach (ref float value in values.AsSpan()) value = value * factor + summand;

        (int A, int B, int C) whole = (Math.Max(size.A, patch.A), Math.Max(size.B, patch.B), Math.Max(size.C, patch.C));
        (int A, int B, int C) margin = ((whole.A - size.A) / 2, (whole.B - size.B) / 2, (whole.C - size.C) / 2);
        float[] padded = whole == size ? values : Padded(values, size, whole, margin);
        float[] answer = SlidingWindow.Run(padded, whole, patch, _plan.Overlap, _plan.Weighting,
            part => Patch(part, patch, cancellation), Probability, progress);
        float[] own = whole == size ? answer : SlidingWindow.Cut(answer, whole.B, whole.C, size, margin);
        return new Prediction(_order.FromNetwork(own, depth, height, width));
    }

    public void Dispose() => network.Dispose();

    private float[] Patch(float[] values, (int A, int B, int C) patch, CancellationToken cancellation)
    {
        (float[] output, long[] shape) = network.Run(values, patch, cancellation);
        if (shape.Length != 5 || shape[0] != 1 || !shape.AsSpan(2).SequenceEqual([patch.A, patch.B, patch.C]))
            throw Mismatch($"its output is {string.Join(" x ", shape)} for an input of {patch.A} x {patch.B} x {patch.C}");
        if (_plan.Channel.FirstOrDefault(c => c >= shape[1], -1) is >= 0 and var missing)
            throw Mismatch($"its output has {shape[1]} channels and the plan names channel {missing}, counted from 0");
        return output;
    }

    private float Probability(float[] channels)
    {
        double probability = _plan.Output switch
        {
            ForeignOutput.Sigmoid => _plan.Channel.Max(c => 1 / (1 + Math.Exp(-channels[c]))),
            ForeignOutput.Logits => Softmax(channels),
            _ => _plan.Channel.Sum(c => (double)channels[c]),
        };
        if (!(probability is >= -1e-3 and <= 1.001))
            throw Mismatch("its answer holds values that are no probabilities; the plan's output may be another kind");
        return (float)Math.Clamp(probability, 0, 1);
    }

    private double Softmax(float[] channels)
    {
        double highest = channels.Max(), all = 0, own = 0;
        foreach (float logit in channels) all += Math.Exp(logit - highest);
        foreach (int c in _plan.Channel) own += Math.Exp(channels[c] - highest);
        return own / all;
    }

    // Zeros lie half before and half behind the volume.
    private static float[] Padded(
        float[] values, (int A, int B, int C) size, (int A, int B, int C) whole, (int A, int B, int C) margin)
    {
        var padded = new float[whole.A * whole.B * whole.C];
        for (int row = 0; row < size.A * size.B; row++)
        {
            int at = ((margin.A + row / size.B) * whole.B + margin.B + row % size.B) * whole.C + margin.C;
            values.AsSpan(row * size.C, size.C).CopyTo(padded.AsSpan(at));
        }
        return padded;
    }

    private CoreException Mismatch(string why) => Mismatch(model.Name, why);

    /// <summary>The error for a network and a plan that contradict each other.</summary>
    internal static CoreException Mismatch(string name, string why) =>
        new(Fault.ModelPlanMismatch, $"The network '{name}' and the plan do not fit: {why}.", name,
            "Correct the plan, or export the network with one input 1 x 1 x a x b x c.");
}
