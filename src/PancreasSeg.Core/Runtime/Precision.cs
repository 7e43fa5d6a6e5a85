using System.Diagnostics.CodeAnalysis;

namespace PancreasSeg;

/// <summary>Number format of the network's arithmetic. Input, output and stored weights are float32 always.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "These are the formats' names.")]
public enum Precision
{
    /// <summary>bfloat16 on processors that compute with it, else float32.</summary>
    Auto,

    /// <summary>32 bits.</summary>
    Float32,

    /// <summary>16 bits with the range of float32: half the memory and twice the speed where native, slower elsewhere.</summary>
    BFloat16,
}
