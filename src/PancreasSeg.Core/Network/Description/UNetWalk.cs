namespace PancreasSeg.Network;

/// <summary>
/// nnU-Net's U-Nets (Isensee et al. 2021 and 2024; PlainConvUNet and ResidualEncoderUNet of dynamic-network-architectures), described once
/// for every interpreter: those that run its models, and those of the own network built like one. Names of weights are those of the
/// checkpoints.
/// </summary>
/// <param name="net">The interpreter.</param>
/// <param name="sizes">The network.</param>
internal sealed class UNetWalk<T>(IConvolutionOperations<T> net, UNetArchitecture sizes)
{
    private static readonly int[] s_one = [1, 1, 1];

    private readonly ConvolutionWindow _point = ConvolutionWindow.Centred(3, 1);

    /// <summary>The finest stage's head, a 1x1x1 convolution: its weights are <c>name.weight</c> and <c>name.bias</c>.</summary>
    public string Head => $"decoder.seg_layers.{sizes.Stages - 2}";

    /// <summary>Encoder, decoder and the finest stage's head.</summary>
    /// <param name="x">1 x 1 x D x H x W; freed.</param>
    /// <param name="classes">Channels of the answer.</param>
    /// <returns>Logits, 1 x K x D x H x W.</returns>
    public T Run(T x, int classes)
    {
        T features = Features(x);
        return Freed(features, net.Convolution(Head, features, classes, _point));
    }

    /// <summary>Encoder and decoder.</summary>
    /// <param name="x">1 x 1 x D x H x W; freed.</param>
    /// <param name="decoded">Shown each decoder stage, 0 the finest, and its features, deepest first; they stay the walk's.</param>
    /// <returns>The finest features, at which the head looks, 1 x C x D x H x W.</returns>
    public T Features(T x, Action<int, T>? decoded = null)
    {
        int deepest = sizes.Stages - 1;
        var skips = new T[deepest];
        if (sizes.IsResidual) x = Freed(x, Unit("encoder.stem.convs.0", x, sizes.StemFeatures, Window(0, s_one)));
        for (int s = 0; s <= deepest; s++)
        {
            T features = sizes.IsResidual ? Blocks(s, x) : Units($"encoder.stages.{s}.0", x, s, sizes.EncoderUnits[s], sizes.Strides[s]);
            if (s == 0) net.Free(x);                                            // the others are skips
            x = features;
            if (s < deepest) skips[s] = x;
            net.AfterBlock();
        }
        for (int s = 0; s < deepest; s++)
        {
            int finer = deepest - 1 - s;
            int[] stride = sizes.Strides[finer + 1];
            T up = Freed(x, net.Transposed($"decoder.transpconvs.{s}", x, sizes.Features[finer],
                new ConvolutionWindow(stride, stride, [0, 0, 0]), sizes.HasBias));
            T joined = Freed(up, net.Join($"decoder.joined.{s}", up, skips[finer]));
            net.Free(skips[finer]);
            x = Freed(joined, Units($"decoder.stages.{s}", joined, finer, sizes.DecoderUnits[s], s_one));
            decoded?.Invoke(finer, x);
            net.AfterBlock();
        }
        return x;
    }

    /// <summary>Convolutions one after another, the first with the stride; keeps its input.</summary>
    private T Units(string name, T x, int stage, int count, int[] stride)
    {
        T current = Unit($"{name}.convs.0", x, sizes.Features[stage], Window(stage, stride));
        for (int i = 1; i < count; i++)
            current = Freed(current, Unit($"{name}.convs.{i}", current, sizes.Features[stage], Window(stage, s_one)));
        return current;
    }

    /// <summary>Residual blocks one after another, the first with the stride; keeps its input.</summary>
    private T Blocks(int stage, T x)
    {
        int channels = stage == 0 ? sizes.StemFeatures : sizes.Features[stage - 1];
        T current = Block($"encoder.stages.{stage}.blocks.0", x, stage, sizes.Strides[stage], channels != sizes.Features[stage]);
        for (int i = 1; i < sizes.EncoderUnits[stage]; i++)
            current = Freed(current, Block($"encoder.stages.{stage}.blocks.{i}", current, stage, s_one, projects: false));
        return current;
    }

    /// <summary>
    /// Two convolutions and what by-passes them: pooled where they stride, through a 1x1x1 convolution where channels change; keeps its
    /// input.
    /// </summary>
    private T Block(string name, T x, int stage, int[] stride, bool projects)
    {
        int channels = sizes.Features[stage];
        T first = Unit($"{name}.conv1", x, channels, Window(stage, stride));
        T second = Freed(first, Normalised($"{name}.conv2",
            net.Convolution($"{name}.conv2.conv", first, channels, Window(stage, s_one), sizes.HasBias)));
        bool strides = stride.Any(n => n != 1);
        T bypass = strides ? net.AveragePool($"{name}.skip.0", x, stride) : x;
        if (projects)
        {
            string skip = $"{name}.skip.{(strides ? 1 : 0)}";
            T projected = Normalised(skip, net.Convolution($"{skip}.conv", bypass, channels, _point, hasBias: false));
            bypass = strides ? Freed(bypass, projected) : projected;
        }
        T sum = net.LeakyRelu(net.Add($"{name}.sum", second, bypass), sizes.Slope);
        return strides || projects ? Freed(bypass, sum) : sum;
    }

    private T Unit(string name, T x, int channels, ConvolutionWindow window)
    {
        T y = net.Convolution($"{name}.conv", x, channels, window, sizes.HasBias);
        return sizes.ActivationFirst ? Normalised(name, net.LeakyRelu(y, sizes.Slope)) : Normalised(name, y, sizes.Slope);
    }

    private T Normalised(string name, T x, double slope = 1)
    {
        if (!sizes.HasBatchNorm) return net.Normalise($"{name}.norm", x, slope);
        T y = ((IUNetOperations<T>)net).NormaliseByTraining($"{name}.norm", x);
        return slope == 1 ? y : net.LeakyRelu(y, slope);
    }

    private ConvolutionWindow Window(int stage, int[] stride) =>
        new(sizes.Kernels[stage], stride, [.. sizes.Kernels[stage].Select(n => n / 2)]);

    private T Freed(T used, T result)
    {
        net.Free(used);
        return result;
    }
}
