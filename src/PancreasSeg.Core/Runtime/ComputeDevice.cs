namespace PancreasSeg;

/// <summary>Where the network runs.</summary>
public enum ComputeDevice
{
    /// <summary>CUDA where there is one, else Apple's GPU, else the processor.</summary>
    Auto,

    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU.</summary>
    Cuda,

    /// <summary>An Apple GPU.</summary>
    Mps,
}
