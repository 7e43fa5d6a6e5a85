using PancreasSeg.Network;

namespace PancreasSeg.Inference;

/// <summary>Runs another project's ONNX network patch by patch as its plan says.</summary>
internal sealed class ForeignEngine : ISegmentationEngine
{
    private readonly OnnxEngineSession _session;
    private readonly ForeignPlan _plan;
    private readonly AxisOrder _order;
    private readonly string _name, _input, _output;

    /// <summary>Loads a model out of <see cref="ForeignModel.Read"/>.</summary>
    /// <exception cref="CoreException">As <see cref="OnnxEngine"/>; <see cref="Fault.ModelPlanMismatch"/> for a network that does not take
    /// one volume of the plan's patch size.</exception>
    public ForeignEngine(PancreasModel model, EngineOptions options)
    {
        _plan = model.Foreign!;
        (_name, _order) = (model.Name, new AxisOrder(_plan.Axes));
        _session = new OnnxEngineSession(model.Onnx!, options, model.Name);
        try
        {
            if (_session.Inputs.Count != 1) throw Mismatch($"it has {_session.Inputs.Count} inputs instead of one");
            (_input, int[] shape) = _session.Inputs.First();
            int[] wanted = [1, 1, .. _plan.Patch];
            if (shape.Length != 5 || shape.Zip(wanted).Any(pair => pair.First > 0 && pair.First != pair.Second))
                throw Mismatch(
                    $"its input is {string.Join(" x ", shape.Select(n => n > 0 ? $"{n}" : "free"))}, the plan's is {string.Join(" x ", wanted)}");
            _output = _session.Outputs[0];
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    public EngineInfo Info => _session.Info;

    public Prediction Run(ReadOnlyMemory<float> input, Execution execution, bool withClasses = false,
        IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        execution.Check(input, inPlaneDivisor: 1);
        (int depth, int height, int width) = (execution.Depth, execution.Height, execution.Width);
        float[] values = _order.ToNetwork(input.Span, depth, height, width);
        (int A, int B, int C) size = _order.Size(depth, height, width), patch = (_plan.Patch[0], _plan.Patch[1], _plan.Patch[2]);
        (float factor, float summand) = _plan.Scale;
        foreach (ref float value in values.AsSpan()) value = value * factor + summand;

        // What a patch reaches over is air; it lies half before and half behind the volume.
        (int A, int B, int C) whole = (Math.Max(size.A, patch.A), Math.Max(size.B, patch.B), Math.Max(size.C, patch.C));
        (int, int, int) margin = ((whole.A - size.A) / 2, (whole.B - size.B) / 2, (whole.C - size.C) / 2);
        float[] padded = whole == size ? values : Padded(values, size, whole, margin, summand - factor);
        float[] answer = SlidingWindow.Run(padded, whole, patch, _plan.Overlap, part => Patch(part, patch, cancellation), progress);
        float[] own = whole == size ? answer : WeightedSum.Cut(answer, whole.B, whole.C, size, margin);
        return new Prediction(_order.FromNetwork(own, depth, height, width));
    }

    public void Dispose() => _session.Dispose();

    private float[] Patch(float[] values, (int A, int B, int C) patch, CancellationToken cancellation)
    {
        (float[] output, long[] shape) = _session.Run(values, patch, _input, [_output], cancellation)[0];
        int voxels = values.Length;
        if (shape.Length != 5 || shape[0] != 1 || !shape.AsSpan(2).SequenceEqual([patch.A, patch.B, patch.C]))
            throw Mismatch($"its output is {string.Join(" x ", shape)} for an input of {patch.A} x {patch.B} x {patch.C}");
        if (_plan.Channel >= shape[1])
            throw Mismatch($"its output has {shape[1]} channels and the plan names channel {_plan.Channel}, counted from 0");
        float[] own = output[(_plan.Channel * voxels)..((_plan.Channel + 1) * voxels)];
        for (int i = 0; i < own.Length; i++) own[i] = Probability(output, own[i], i, voxels);
        return own;
    }

    private float Probability(float[] output, float own, int voxel, int voxels)
    {
        double probability = _plan.Output switch
        {
            ForeignOutput.Sigmoid => 1 / (1 + Math.Exp(-own)),
            ForeignOutput.Logits => Softmax(output, own, voxel, voxels),
            _ => own,
        };
        if (!(probability is >= -1e-3 and <= 1.001))
            throw Mismatch("its answer holds values that are no probabilities; the plan's output may be another kind");
        return (float)Math.Clamp(probability, 0, 1);
    }

    private static double Softmax(float[] output, float own, int voxel, int voxels)
    {
        double sum = 0;
        for (int i = voxel; i < output.Length; i += voxels) sum += Math.Exp((double)output[i] - own);
        return 1 / sum;
    }

    private static float[] Padded(
        float[] values, (int A, int B, int C) size, (int A, int B, int C) whole, (int A, int B, int C) margin, float air)
    {
        var padded = new float[whole.A * whole.B * whole.C];
        padded.AsSpan().Fill(air);
        for (int row = 0; row < size.A * size.B; row++)
        {
            int at = ((margin.A + row / size.B) * whole.B + margin.B + row % size.B) * whole.C + margin.C;
            values.AsSpan(row * size.C, size.C).CopyTo(padded.AsSpan(at));
        }
        return padded;
    }

    private CoreException Mismatch(string why) =>
        new(Fault.ModelPlanMismatch, $"The network '{_name}' and the plan do not fit: {why}.", _name,
            "Correct the plan, or export the network with one input 1 x 1 x a x b x c.");
}
