namespace PancreasSeg.Inference;

/// <summary>How an engine runs volumes of one size.</summary>
/// <param name="Engine">What computes, and how it goes about it.</param>
/// <param name="Memory">What it takes at its peak; null where the engine does not tell.</param>
public sealed record ExecutionPlan(EngineInfo Engine, MemoryEstimate? Memory);
