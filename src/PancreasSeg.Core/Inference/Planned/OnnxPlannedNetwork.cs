namespace PancreasSeg.Inference;

/// <summary>A network of another project out of an ONNX file.</summary>
internal sealed class OnnxPlannedNetwork : IPlannedNetwork
{
    private readonly OnnxEngineSession _session;
    private readonly string _input, _output;

    /// <summary>Loads the file.</summary>
    /// <param name="file">Its content.</param>
    /// <param name="name">Name of the model, for messages.</param>
    /// <param name="patch">Voxels that the plan gives it at a time.</param>
    /// <param name="options">How to compute.</param>
    /// <exception cref="CoreException">As <see cref="OnnxEngine"/>; <see cref="Fault.ModelPlanMismatch"/> for a network that does not take
    /// one volume of the patch's size.</exception>
    public OnnxPlannedNetwork(byte[] file, string name, IReadOnlyList<int> patch, EngineOptions options)
    {
        _session = new OnnxEngineSession(file, options, name);
        try
        {
            if (_session.Inputs.Count != 1) throw ForeignEngine.Mismatch(name, $"it has {_session.Inputs.Count} inputs instead of one");
            (_input, int[] shape) = _session.Inputs.First();
            int[] wanted = [1, 1, .. patch];
            if (shape.Length != 5 || shape.Zip(wanted).Any(pair => pair.First > 0 && pair.First != pair.Second))
                throw ForeignEngine.Mismatch(name, $"its input is {string.Join(" x ", shape.Select(n => n > 0 ? $"{n}" : "free"))}, "
                    + $"the plan's is {string.Join(" x ", wanted)}");
            _output = _session.Outputs[0];
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public EngineInfo Info => _session.Info;

    /// <inheritdoc/>
    public (float[] Values, long[] Shape) Run(float[] values, (int A, int B, int C) patch, CancellationToken cancellation) =>
        _session.Run(values, patch, _input, [_output], cancellation)[0];

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();
}
