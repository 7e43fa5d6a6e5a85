namespace PancreasSeg.Inference;

/// <summary>What really computed a result.</summary>
/// <param name="Engine"><c>TorchSharp</c> or <c>OnnxRuntime</c>.</param>
/// <param name="Device"><c>cpu</c>, <c>cuda</c> or <c>mps</c>.</param>
/// <param name="Precision"><c>float32</c> or <c>bfloat16</c>.</param>
/// <param name="Threads">Compute threads.</param>
public sealed record EngineInfo(string Engine, string Device, string Precision, int Threads)
{
    /// <summary><c>whole</c>, or <c>slabs of 24</c> where that many slices went through the network at a time.</summary>
    public string Execution { get; init; } = "whole";

    /// <summary>All in one line.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Engine}, {Device}, {Precision}, {Threads} threads, {Execution}");
}
