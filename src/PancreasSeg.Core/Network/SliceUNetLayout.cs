namespace PancreasSeg.Network;

/// <summary>
/// Every weight of <see cref="SliceUNet"/> by name and shape, in the order in which a model file holds them. Stage 0 is full
/// resolution, the last stage the bottleneck; stage s has C = f * 2^s channels. Knows nothing of torch.
/// </summary>
internal static class SliceUNetLayout
{
    /// <summary>Slices that go through the network together: enough to keep the cores busy, few enough to stay in their caches.</summary>
    public const int ChunkSlices = 8;

    public static IReadOnlyList<WeightShape> Of(NetworkSpec spec)
    {
        spec.Validate();
        var weights = new List<WeightShape>();
        int Channels(int stage) => spec.Filters << stage;
        int bottleneck = spec.Stages - 1, gating = Channels(bottleneck) / 2;

        for (int s = 0; s < spec.Stages; s++) Pair($"encoder{s}", s == 0 ? 1 : Channels(s - 1), Channels(s));
        Convolution("gating", Channels(bottleneck), gating, 1);
        for (int s = bottleneck - 1; s >= 0; s--)
        {
            int c = Channels(s);
            Add($"up{s}", Channels(s + 1), c, 4, 4);                       // transposed: C_in x C_out x kernel
            Bias($"up{s}", c);
            if (s > 0)
            {
                Add($"gate{s}.theta", c / 2, c, 2, 2);                     // no bias: phi has one
                Convolution($"gate{s}.phi", gating, c / 2, 1);
                Convolution($"gate{s}.psi", c / 2, 1, 1);
                Convolution($"gate{s}.output", c, c, 1);
            }
            Pair($"decoder{s}", 2 * c, c);
            Convolution($"head{s}", c, spec.Classes, 1);
        }
        Convolution("output", spec.Classes * bottleneck, spec.Classes, 1); // heads deepest first
        return weights;

        void Add(string name, params int[] shape) => weights.Add(new($"{name}.weight", shape));
        void Bias(string name, int channels) => weights.Add(new($"{name}.bias", channels));
        void Convolution(string name, int input, int output, int kernel)
        {
            Add(name, output, input, kernel, kernel);
            Bias(name, output);
        }
        void Pair(string name, int input, int output)
        {
            Convolution($"{name}.conv1", input, output, 3);
            Convolution($"{name}.conv2", output, output, 3);
        }
    }
}
