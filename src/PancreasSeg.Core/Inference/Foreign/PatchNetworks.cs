using System.Runtime.CompilerServices;
using PancreasSeg.Network;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Inference.Foreign;

/// <summary>Makes the network of each fold of an nnU-Net model. No library is loaded before it is needed.</summary>
internal static class PatchNetworks
{
    /// <summary>Loads a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="kind">Which library computes; Auto is ONNX Runtime for an ONNX file and where libtorch is missing.</param>
    /// <param name="options">How it computes; <see cref="Precision.Auto"/> is float32, in which nnU-Net's own numbers come out.</param>
    /// <exception cref="CoreException">As <see cref="SegmentationEngines.Create"/>.</exception>
    public static (IReadOnlyList<IPatchNetwork> Folds, EngineInfo Engine) Create(PancreasModel model, SegmentationEngineKind kind,
        EngineOptions options)
    {
        bool mayUseOnnx = SegmentationEngines.IsForProcessor(options);
        if (kind == SegmentationEngineKind.Onnx || (kind == SegmentationEngineKind.Auto && model.Onnx is not null && mayUseOnnx))
            return Onnx(model, options);
        try
        {
            return Torch(model.NnUNetSource!, options);
        }
        catch (CoreException torch) when (kind == SegmentationEngineKind.Auto && mayUseOnnx && SegmentationEngines.IsMissing(torch))
        {
            try
            {
                return Onnx(model, options);
            }
            catch (CoreException onnx) when (SegmentationEngines.IsMissing(onnx))
            {
                throw torch;
            }
        }
    }

    // Not inlined: the assembly of a library is loaded with the method that names its types.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (IReadOnlyList<IPatchNetwork>, EngineInfo) Torch(NnUNetModel model, EngineOptions options)
    {
        TorchTarget target = TorchRuntime.Start(options.Device, options.Precision == Precision.Auto ? Precision.Float32
            : options.Precision, options.ThreadCount);
        IPatchNetwork[] folds = [.. model.Folds.Select(fold => new TorchPatchNetwork(model.Architecture, fold.Weights,
            model.Labels.Channels, model.Plans.Configuration.Patch, target))];
        return (folds, TorchEngine.InfoOf(target));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (IReadOnlyList<IPatchNetwork>, EngineInfo) Onnx(PancreasModel model, EngineOptions options)
    {
        IReadOnlyList<NnUNetFold> folds = model.NnUNetSource!.Folds;
        var networks = new List<OnnxPatchNetwork>(folds.Count);
        try
        {
            foreach (NnUNetFold fold in folds)
                networks.Add(new OnnxPatchNetwork(folds.Count == 1 ? model : ForeignModel.WithFolds(model, [fold.Name]), options));
            return (networks, networks[0].Info);
        }
        catch
        {
            foreach (OnnxPatchNetwork network in networks) network.Dispose();
            throw;
        }
    }
}
