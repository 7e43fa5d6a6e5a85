using PancreasSeg.Network;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace PancreasSeg.TestSupport;

/// <summary>
/// nnU-Net's networks written as plainly as can be, in torch's own memory order: the oracle of <see cref="UNetWalk{T}"/>.
/// </summary>
internal static class PlainUNet
{
    /// <summary>The finest head's answer.</summary>
    public static Tensor Logits(Dictionary<string, Tensor> w, UNetArchitecture net, Tensor x, bool activationFirst)
    {
        int last = net.Stages - 2;
        Tensor finest = Decoded(w, net, x, activationFirst)[last];
        return conv3d(finest, w[$"decoder.seg_layers.{last}.weight"], w[$"decoder.seg_layers.{last}.bias"]);
    }

    /// <summary>What each decoder stage makes, deepest first.</summary>
    public static List<Tensor> Decoded(Dictionary<string, Tensor> w, UNetArchitecture net, Tensor x, bool activationFirst)
    {
        Tensor Unit(Tensor input, string p, int[] stride, bool activate = true)
        {
            Tensor k = w[p + ".conv.weight"];
            Tensor y = conv3d(input, k, w.GetValueOrDefault(p + ".conv.bias"), [.. stride], [.. k.shape[2..].Select(n => (n - 1) / 2)]);
            if (activate && activationFirst) y = leaky_relu(y, 0.01);
            y = instance_norm(y, weight: w[p + ".norm.weight"], bias: w[p + ".norm.bias"], use_input_stats: true);
            return activate && !activationFirst ? leaky_relu(y, 0.01) : y;
        }
        Tensor Stack(Tensor input, string p, int[] stride)
        {
            for (int i = 0; w.ContainsKey($"{p}.convs.{i}.conv.weight"); i++)
                input = Unit(input, $"{p}.convs.{i}", i == 0 ? stride : [1, 1, 1]);
            return input;
        }
        var skips = new List<Tensor>();
        if (net.IsResidual) x = Stack(x, "encoder.stem", [1, 1, 1]);
        for (int s = 0; s < net.Stages; s++)
        {
            if (!net.IsResidual) x = Stack(x, $"encoder.stages.{s}.0", net.Strides[s]);
            for (int i = 0; w.ContainsKey($"encoder.stages.{s}.blocks.{i}.conv1.conv.weight"); i++)
            {
                string b = $"encoder.stages.{s}.blocks.{i}";
                int[] stride = i == 0 ? net.Strides[s] : [1, 1, 1];
                Tensor skip = stride.Any(n => n > 1) ? avg_pool3d(x, [.. stride], [.. stride]) : x;
                string p = stride.Any(n => n > 1) ? b + ".skip.1" : b + ".skip.0";
                if (w.ContainsKey(p + ".conv.weight")) skip = Unit(skip, p, [1, 1, 1], activate: false);
                x = leaky_relu(Unit(Unit(x, b + ".conv1", stride), b + ".conv2", [1, 1, 1], activate: false) + skip, 0.01);
            }
            skips.Add(x);
        }
        var decoded = new List<Tensor>();
        for (int s = 0; s < net.Stages - 1; s++)
        {
            x = conv_transpose3d(x, w[$"decoder.transpconvs.{s}.weight"], w[$"decoder.transpconvs.{s}.bias"],
                [.. net.Strides[net.Stages - 1 - s]]);
            x = Stack(cat([x, skips[net.Stages - 2 - s]], 1), $"decoder.stages.{s}", [1, 1, 1]);
            decoded.Add(x);
        }
        return decoded;
    }
}
