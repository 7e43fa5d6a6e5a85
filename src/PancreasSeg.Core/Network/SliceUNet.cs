using static TorchSharp.torch;

namespace PancreasSeg.Network;

/// <summary>
/// The network of the original project: an attention U-Net with plain convolutions whose kernels lie within one slice. No
/// operation mixes slices, so they go through it as a batch of images, some at a time: the result is the same for any number
/// and memory does not grow with the volume. Its heads are mixed into the output but have no loss of their own.
/// </summary>
internal sealed class SliceUNet(NetworkSpec spec, ParameterSource weights) : SegmentationNetwork(nameof(SliceUNet), spec, weights, new NetworkParts
{
    Stride = [2, 2],
    Block = name => new ConvolutionPair(weights, name),
    Upsample = InPlane.Repeat,
    HasGatingConvolution = true,
})
{
    /// <summary>Slices that go through the network together.</summary>
    public int ChunkSlices { get; init; } = SliceUNetLayout.ChunkSlices;

    public override int BlockCount(int depth) => base.BlockCount(1) * ((depth + ChunkSlices - 1) / ChunkSlices);

    public override (Tensor Output, Tensor[] Heads) Logits(Tensor x, Action? afterBlock = null, IReadOnlyList<bool>? wanted = null) =>
        (BySlices(x, chunk => base.Logits(chunk, afterBlock, [false, false, false, false]).Output), []);

    public override Tensor Probability(Tensor x, Action? afterBlock = null) => BySlices(x, chunk => base.Probability(chunk, afterBlock));

    /// <summary>Runs 1 x 1 x D x H x W in chunks of n x 1 x H x W and puts their results, n x K x H x W, together as 1 x K x D x H x W.</summary>
    private Tensor BySlices(Tensor x, Func<Tensor, Tensor> run)
    {
        using var scope = NewDisposeScope();
        Tensor slices = x.squeeze(0).transpose(0, 1);                           // D x 1 x H x W
        var results = new List<Tensor>();
        for (long start = 0, depth = slices.shape[0]; start < depth; start += ChunkSlices)
        {
            using Tensor chunk = slices.narrow(0, start, Math.Min(ChunkSlices, depth - start));
            results.Add(run(chunk));
        }
        return cat(results, 0).transpose(0, 1).unsqueeze(0).contiguous().MoveToOuterDisposeScope();
    }
}
