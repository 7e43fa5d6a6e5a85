namespace PancreasSeg.Inference;

/// <summary>A network of another project that answers patches as its plan says.</summary>
internal interface IPlannedNetwork : IDisposable
{
    /// <summary>What computes.</summary>
    EngineInfo Info { get; }

    /// <summary>The answer to one patch.</summary>
    /// <param name="values">a x b x c values, c fastest.</param>
    /// <param name="patch">a, b, c.</param>
    /// <param name="cancellation">Looked at before it is computed.</param>
    /// <returns>The output's values and dimensions, 1 x K x a x b x c where the network fits its plan.</returns>
    (float[] Values, long[] Shape) Run(float[] values, (int A, int B, int C) patch, CancellationToken cancellation);
}
