namespace PancreasSeg.Network.Foreign;

/// <summary>
/// nnU-Net's U-Nets (Isensee et al. 2021 and 2024, dynamic-network-architectures), written once for every interpreter. Names of weights
/// are those of the checkpoints.
/// </summary>
internal static class UNet
{
    private static readonly int[] s_one = [1, 1, 1];

    /// <summary>The network from its input to its logits.</summary>
    /// <param name="net">The interpreter.</param>
    /// <param name="sizes">Sizes of the network.</param>
    /// <param name="x">The input.</param>
    /// <param name="classes">Channels of the answer.</param>
    public static T Logits<T>(INetworkOperations<T> net, UNetArchitecture sizes, T x, int classes)
    {
        int deepest = sizes.Stages - 1;
        var skips = new T[deepest];
        if (sizes.IsResidual) x = Unit(net, sizes, "encoder.stem.convs.0", x, sizes.StemFeatures, sizes.Kernels[0], s_one);
        for (int s = 0; s <= deepest; s++)
        {
            T features = EncoderStage(net, sizes, s, x);
            if (s == 0 && sizes.IsResidual) net.Free(x);
            x = features;
            if (s < deepest) skips[s] = x;
            net.AfterBlock();
        }
        for (int s = 0; s < deepest; s++)
        {
            int finer = deepest - 1 - s;
            T up = net.Transposed($"decoder.transpconvs.{s}", x, sizes.Features[finer], sizes.Strides[finer + 1], sizes.HasBias);
            net.Free(x);
            T joined = net.Concat(up, skips[finer]);
            net.Free(up);
            net.Free(skips[finer]);
            x = Units(net, sizes, $"decoder.stages.{s}", joined, finer, sizes.DecoderUnits[s], s_one);
            net.Free(joined);
            net.AfterBlock();
        }
        T logits = net.Convolution($"decoder.seg_layers.{deepest - 1}", x, classes, s_one, s_one, bias: true);
        net.Free(x);
        return logits;
    }

    /// <summary>True for weights that a checkpoint holds for training alone: the heads of the coarser stages, and counts.</summary>
    public static bool IsForTraining(string name, int stages) =>
        name.EndsWith(".num_batches_tracked", StringComparison.Ordinal) ||
        Enumerable.Range(0, stages - 2).Any(s => name == $"decoder.seg_layers.{s}.weight" || name == $"decoder.seg_layers.{s}.bias");

    private static T EncoderStage<T>(INetworkOperations<T> net, UNetArchitecture sizes, int stage, T x)
    {
        if (!sizes.IsResidual) return Units(net, sizes, $"encoder.stages.{stage}.0", x, stage, sizes.EncoderUnits[stage], sizes.Strides[stage]);
        int channels = stage == 0 ? sizes.StemFeatures : sizes.Features[stage - 1];
        T current = x;
        for (int i = 0; i < sizes.EncoderUnits[stage]; i++)
        {
            T next = Block(net, sizes, $"encoder.stages.{stage}.blocks.{i}", current, channels, stage, i == 0 ? sizes.Strides[stage] : s_one);
            if (i > 0) net.Free(current);
            (current, channels) = (next, sizes.Features[stage]);
        }
        return current;
    }

    /// <summary>Convolutions one after another, the first with the stride.</summary>
    private static T Units<T>(INetworkOperations<T> net, UNetArchitecture sizes, string name, T x, int stage, int count, int[] stride)
    {
        T current = x;
        for (int i = 0; i < count; i++)
        {
            T next = Unit(net, sizes, $"{name}.convs.{i}", current, sizes.Features[stage], sizes.Kernels[stage], i == 0 ? stride : s_one);
            if (i > 0) net.Free(current);
            current = next;
        }
        return current;
    }

    /// <summary>Two convolutions and what by-passes them: pooled where they stride, through a 1x1x1 convolution where channels change.</summary>
    private static T Block<T>(INetworkOperations<T> net, UNetArchitecture sizes, string name, T x, int channels, int stage, int[] stride)
    {
        int[] kernel = sizes.Kernels[stage];
        T first = Unit(net, sizes, $"{name}.conv1", x, sizes.Features[stage], kernel, stride);
        T second = ConvolutionAndNorm(net, sizes, $"{name}.conv2", first, sizes.Features[stage], kernel, s_one, sizes.HasBias);
        net.Free(first);
        bool strides = stride.Any(n => n != 1), projects = channels != sizes.Features[stage];
        T bypass = strides ? net.AveragePool(x, stride) : x;
        if (projects)
        {
            T pooled = bypass;
            bypass = ConvolutionAndNorm(net, sizes, $"{name}.skip.{(strides ? 1 : 0)}", pooled, sizes.Features[stage], s_one, s_one, bias: false);
            if (strides) net.Free(pooled);
        }
        T sum = net.LeakyRelu(net.Add(second, bypass), sizes.Slope);
        if (strides || projects) net.Free(bypass);
        return sum;
    }

    private static T Unit<T>(INetworkOperations<T> net, UNetArchitecture sizes, string name, T x, int output, int[] kernel, int[] stride)
    {
        if (!sizes.ActivationFirst) return net.LeakyRelu(ConvolutionAndNorm(net, sizes, name, x, output, kernel, stride, sizes.HasBias), sizes.Slope);
        T activated = net.LeakyRelu(net.Convolution($"{name}.conv", x, output, kernel, stride, sizes.HasBias), sizes.Slope);
        return Norm(net, sizes, name, activated);
    }

    private static T ConvolutionAndNorm<T>(INetworkOperations<T> net, UNetArchitecture sizes, string name, T x, int output, int[] kernel, int[] stride, bool bias) =>
        Norm(net, sizes, name, net.Convolution($"{name}.conv", x, output, kernel, stride, bias));

    private static T Norm<T>(INetworkOperations<T> net, UNetArchitecture sizes, string name, T x)
    {
        T y = sizes.HasBatchNorm ? net.BatchNorm($"{name}.norm", x, sizes.Epsilon) : net.InstanceNorm($"{name}.norm", x, sizes.Epsilon);
        net.Free(x);
        return y;
    }
}
