using System.Runtime.CompilerServices;
using PancreasSeg.Network;

namespace PancreasSeg.Inference;

/// <summary>Makes the engine for a model. No library is loaded before it is needed.</summary>
public static class SegmentationEngines
{
    /// <summary>Loads one stage of a model.</summary>
    /// <param name="stage">The model or its locator.</param>
    /// <param name="kind">Which library computes.</param>
    /// <param name="options">How it computes.</param>
    /// <exception cref="CoreException">As <see cref="TorchEngine"/> and <see cref="OnnxEngine"/>. Where Auto finds neither library, the
    /// error is libtorch's.</exception>
    public static ISegmentationEngine Create(PancreasModel stage, SegmentationEngineKind kind, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stage);
        options ??= new EngineOptions();
        if (stage.Foreign is not null) return new ForeignEngine(stage, Planned(stage, kind, options));
        return kind switch
        {
            SegmentationEngineKind.Torch => Torch(stage, options),
            SegmentationEngineKind.Onnx => Onnx(stage, options),
            SegmentationEngineKind.Auto when stage.Onnx is not null =>
                IsForProcessor(options) ? Onnx(stage, options) : Torch(stage, options),
            SegmentationEngineKind.Auto => Either(stage, options),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    private static ISegmentationEngine Either(PancreasModel stage, EngineOptions options)
    {
        try
        {
            return Torch(stage, options);
        }
        catch (CoreException torch) when (IsMissing(torch) && IsForProcessor(options))
        {
            try
            {
                return Onnx(stage, options);
            }
            catch (CoreException onnx) when (IsMissing(onnx))
            {
                throw torch;
            }
        }
    }

    /// <summary>A network of another project by the one library that reads its file.</summary>
    private static IPlannedNetwork Planned(PancreasModel stage, SegmentationEngineKind kind, EngineOptions options)
    {
        SegmentationEngineKind own = stage.Script is null ? SegmentationEngineKind.Onnx : SegmentationEngineKind.Torch;
        if (kind != SegmentationEngineKind.Auto && kind != own)
            throw new CoreException(Fault.ModelPlanMismatch, $"'{stage.Name}' is a network of another project, which only "
                + $"{(own == SegmentationEngineKind.Onnx ? "ONNX Runtime" : "libtorch")} runs.", stage.Name,
                $"Use the engine Auto or {own}.");
        return stage.Script is null ? OnnxFile(stage, options) : Script(stage, options);
    }

    /// <summary>True when a library is not there or does not load.</summary>
    internal static bool IsMissing(CoreException e) => e.Fault is Fault.NativeRuntimeMissing or Fault.NativeRuntimeIncompatible;

    /// <summary>False where the user asks by name for what ONNX Runtime has not.</summary>
    internal static bool IsForProcessor(EngineOptions options) =>
        options.Device is ComputeDevice.Auto or ComputeDevice.Cpu && options.Precision != Precision.BFloat16 && options.MaxMemory is null;

    // Not inlined: the assembly of a library is loaded with the method that names its types.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TorchEngine Torch(PancreasModel stage, EngineOptions options) => new(stage, options);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static OnnxEngine Onnx(PancreasModel stage, EngineOptions options) => new(stage, options);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ScriptPlannedNetwork Script(PancreasModel stage, EngineOptions options) => new(stage.Script!, stage.Name, options);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static OnnxPlannedNetwork OnnxFile(PancreasModel stage, EngineOptions options) =>
        new(stage.Onnx!, stage.Name, stage.Foreign!.Patch, options);
}
