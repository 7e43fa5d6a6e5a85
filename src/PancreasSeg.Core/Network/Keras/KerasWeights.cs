using PancreasSeg.Preprocess;

namespace PancreasSeg.Network.Keras;

/// <summary>
/// Reads the original project's weights (Keras 2, HDF5) as a <see cref="NetworkKind.SliceUNet"/>. Keras numbers layers as it likes, so
/// weights
/// are found by the kind of their layer, their order among layers of that kind, and their shape.
/// </summary>
internal static class KerasWeights
{
    private static readonly string[] s_pair = ["conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias"];
    private static readonly string[] s_single = ["weight", "bias"];
    private static readonly string[] s_gate =
        ["theta.weight", "phi.weight", "phi.bias", "psi.weight", "psi.bias", "output.weight", "output.bias"];

    // The blocks of ours that the layers of each kind are, in the order of their numbers.
    private static readonly (string Stem, string[] Blocks, string[] Weights)[] s_kinds =
    [
        ("sequential", ["encoder0", "encoder1", "encoder2", "encoder3", "encoder4", "decoder3", "decoder2", "decoder1", "decoder0"],
            s_pair),
        ("gating_base", ["gating"], s_single),
        ("conv3d_transpose", ["up3", "up2", "up1", "up0"], s_single),
        ("att_gate", ["gate3", "gate2", "gate1"], s_gate),
        ("dsv", ["head3", "head2", "head1"], s_single),
        ("conv3d", ["head0", "output"], s_single),
    ];

    /// <summary>Reads a weights file as a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Name of the model.</param>
    /// <param name="transpose">True when the network was trained on labels whose rows and columns are exchanged.</param>
    /// <param name="cancellation">Looked at between weights.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>; <see cref="Fault.FileReadFailed"/>;
    /// <see cref="Fault.ModelFormatUnknown"/> for a file that holds no Keras weights or is damaged;
    /// <see cref="Fault.ModelPlanMismatch"/> for weights of another network.</exception>
    public static PancreasModel Read(string path, string name, bool transpose, CancellationToken cancellation = default)
    {
        if (!File.Exists(path))
            throw new CoreException(Fault.FileNotFound, $"The weights file '{path}' does not exist.", path, "Check the path.");
        var spec = new NetworkSpec { Kind = NetworkKind.SliceUNet };
        ModelWeights weights;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            weights = Weights(KerasFile.Layers(stream), spec, path, cancellation);
        }
        catch (Exception e) when (
            e is UnauthorizedAccessException || (e is IOException and not EndOfStreamException && e is not InvalidDataException))
        {
            throw new CoreException(
                Fault.FileReadFailed, $"The weights file '{path}' could not be read: {e.Message}", path, "Check that it may be read.", e);
        }
        catch (Exception e) when (e is not (CoreException or OperationCanceledException))
        {
            string reason = e is InvalidDataException ? e.Message : "its structure cannot be followed";
            throw new CoreException(Fault.ModelFormatUnknown, $"'{path}' is not a file of Keras weights, or it is damaged: {reason}.", path,
                "Give the weights.hdf5 that the original project's training wrote.", e);
        }
        return new PancreasModel(new ModelHeader
        {
            FormatVersion = ModelHeader.CurrentVersion,
            Name = name,
            Network = spec,
            Plan = PreprocessPlan.Original with { Transpose = transpose },
            Threshold = 0.5,
            Curve = [],
            Validation = [],
            TrainingData = "Not stated: converted from a Keras weights file.",
            License = "Not stated: converted from a Keras weights file.",
            Sha256 = weights.Sha256(),
        }, weights);
    }

    private static ModelWeights Weights(List<KerasLayer> layers, NetworkSpec spec, string path, CancellationToken cancellation)
    {
        string[] unknown = [.. layers.Where(layer => s_kinds.All(kind => kind.Stem != layer.Stem)).Select(layer => $"'{layer.Name}'")];
        if (unknown.Length > 0) throw Mismatch(path, $"the network has no layer {string.Join(", ", unknown)}");
        var found = new Dictionary<string, KerasTensor>();
        foreach ((string stem, string[] blocks, string[] names) in s_kinds)
        {
            KerasLayer[] ofKind = [.. layers.Where(layer => layer.Stem == stem).OrderBy(layer => layer.Number)];
            if (ofKind.Length != blocks.Length)
                throw Mismatch(path, $"it has {ofKind.Length} layers '{stem}' with weights where the network has {blocks.Length}");
            // The last two convolutions are told apart by their inputs: 16 channels of the finest stage, 8 of the four heads.
            if (stem == "conv3d" && ofKind[0].Tensors[0].Shape is [.., 8, _]) Array.Reverse(ofKind);
            foreach ((KerasLayer layer, string block) in ofKind.Zip(blocks))
            {
                if (layer.Tensors.Count != names.Length)
                    throw Mismatch(
                        path, $"the layer '{layer.Name}' has {layer.Tensors.Count} weights where the network has {names.Length}");
                foreach ((KerasTensor tensor, string weight) in layer.Tensors.Zip(names))
                    found.Add($"{block}.{weight}", tensor with { Name = $"{layer.Name}/{tensor.Name}" });
            }
        }
        var weights = new List<WeightTensor>();
        foreach (WeightShape shape in spec.Layout)
        {
            cancellation.ThrowIfCancellationRequested();
            weights.Add(Convert(found[shape.Name], shape, path));
        }
        return new ModelWeights(weights);
    }

    /// <summary>
    /// Kernels k0 x k1 x 1 x in x out become out x in x k0 x k1; those of transposed convolutions, where Keras has out x in, become
    /// in x out x k0 x k1: the same exchange of axes.
    /// </summary>
    private static WeightTensor Convert(KerasTensor tensor, WeightShape shape, string path)
    {
        int[] expected = shape.Shape is [int first, int second, int k0, int k1] ? [k0, k1, 1, second, first] : shape.Shape;
        if (!tensor.Shape.AsSpan().SequenceEqual(expected))
            throw Mismatch(path,
                $"the weight '{tensor.Name}' has the shape {string.Join('x', tensor.Shape)} where the network has {string.Join('x', expected)}");
        float[] source = tensor.Read();
        if (source.Any(value => !float.IsFinite(value)))
            throw new InvalidDataException($"the weight '{tensor.Name}' holds a value that is not a number");
        if (expected.Length == 1) return new WeightTensor(shape, source);

        var values = new float[source.Length];
        int taps = expected[0] * expected[1], inner = expected[3], outer = expected[4], i = 0;
        for (int tap = 0; tap < taps; tap++)
            for (int b = 0; b < inner; b++)
                for (int a = 0; a < outer; a++)
                    values[(a * inner + b) * taps + tap] = source[i++];
        return new WeightTensor(shape, values);
    }

    private static CoreException Mismatch(string path, string why) =>
        new(Fault.ModelPlanMismatch, $"The weights in '{path}' are not those of the original project's network: {why}.", path,
            "Only weights of its first network (att_unet_dsv, 2,575,741 weights) can be converted.");
}
