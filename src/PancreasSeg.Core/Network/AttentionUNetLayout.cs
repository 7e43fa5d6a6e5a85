namespace PancreasSeg.Network;

/// <summary>
/// Every weight of <see cref="AttentionUNet"/> by name and shape, in the order in which a model file holds them. Stage 0 is
/// full resolution, the last stage the bottleneck; stage s has C = f * 2^s channels. Knows nothing of torch.
/// </summary>
internal static class AttentionUNetLayout
{
    public static IReadOnlyList<WeightShape> Of(NetworkSpec spec)
    {
        spec.Validate();
        var weights = new List<WeightShape>();
        int Channels(int stage) => spec.Filters << stage;
        int bottleneck = spec.Stages - 1;

        for (int s = 0; s < spec.Stages; s++) Residual($"encoder{s}", s == 0 ? 1 : Channels(s - 1), Channels(s));
        for (int s = bottleneck - 1; s >= 0; s--)
        {
            int c = Channels(s);
            Add($"up{s}", Channels(s + 1), c, 1, 4, 4);                    // transposed: C_in x C_out x kernel
            Bias($"up{s}", c);
            if (s > 0)
            {
                Add($"gate{s}.theta", c / 2, c, 1, 2, 2);                  // no bias: phi has one
                Convolution($"gate{s}.phi", Channels(bottleneck), c / 2, 1);
                Convolution($"gate{s}.psi", c / 2, 1, 1);
                Convolution($"gate{s}.output", c, c, 1);
            }
            Residual($"decoder{s}", 2 * c, c);
            Convolution($"head{s}", c, spec.Classes, 1);
        }
        Convolution("output", spec.Classes * bottleneck, spec.Classes, 1); // heads deepest first
        return weights;

        void Add(string name, params int[] shape) => weights.Add(new($"{name}.weight", shape));
        void Bias(string name, int channels) => weights.Add(new($"{name}.bias", channels));
        void Convolution(string name, int input, int output, int kernel)
        {
            Add(name, output, input, kernel, kernel, kernel);
            Bias(name, output);
        }
        void Norm(string name, int channels)
        {
            if (spec.Norm == NetworkNorm.None) return;
            Add(name, channels);
            Bias(name, channels);
        }
        void Residual(string name, int input, int output)
        {
            Convolution($"{name}.conv1", input, output, 3);
            Norm($"{name}.norm1", output);
            Convolution($"{name}.conv2", output, output, 3);
            Norm($"{name}.norm2", output);
            if (input != output) Add($"{name}.shortcut", output, input, 1, 1, 1); // no bias: conv2 or norm2 has one
        }
    }
}
