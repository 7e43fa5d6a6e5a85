using PancreasSeg.Inference;

namespace PancreasSeg.Core.Tests;

/// <summary>An engine that answers by a rule of the test.</summary>
/// <param name="answer">Probabilities for the values of one pass.</param>
internal sealed class FakeEngine(Func<ReadOnlyMemory<float>, Execution, float[]> answer) : ISegmentationEngine
{
    /// <summary>An engine that looks at single voxels.</summary>
    public FakeEngine(Func<float, float> answer) : this((input, _) => [.. input.ToArray().Select(answer)])
    {
    }

    /// <summary>Called before each answer.</summary>
    public Action? OnRun { get; init; }

    /// <summary>Channels for the values of one pass; null for an engine that does not tell them.</summary>
    public Func<ReadOnlyMemory<float>, byte[]>? Classes { get; init; }

    /// <summary>The passes so far: how each was run, and whether classes were asked for.</summary>
    public List<(Execution Execution, bool WithClasses)> Passes { get; } = [];

    /// <summary>What callers held, each time how to run was settled.</summary>
    public List<long> Held { get; } = [];

    public bool IsDisposed { get; private set; }

    public EngineInfo Info { get; init; } = new("Fake", "cpu", "float32", 1);

    public Execution Settle(int depth, int height, int width, long held)
    {
        Held.Add(held);
        return new Execution(Info, depth, height, width);
    }

    public Prediction Run(ReadOnlyMemory<float> input, Execution execution, bool withClasses,
        IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        OnRun?.Invoke();
        cancellation.ThrowIfCancellationRequested();
        Assert.Equal(execution.Depth * execution.Height * execution.Width, input.Length);
        Passes.Add((execution, withClasses));
        return new Prediction(answer(input, execution), withClasses ? Classes?.Invoke(input) : null);
    }

    public void Dispose() => IsDisposed = true;
}
