using System.Text.Json.Nodes;
using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Inference.Foreign;
using PancreasSeg.Network;
using PancreasSeg.Network.Foreign;
using PancreasSeg.Nifti;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace PancreasSeg.Core.Tests.Inference.Foreign;

/// <summary>
/// What nnU-Net's own label maps here do not show, against the same done plainly with torch on a volume of one patch: regions, a plan that
/// inherits, torch's resampling, the fold of all cases, exchanged axes, and a file stored in an unusual order.
/// </summary>
[Collection(TorchTests.Name)]
public sealed class NnUNetOwnReferenceTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("LSP", true)]
    [InlineData("LSP", false)]
    [InlineData("RAI", true)]
    public void The_labels_are_those_of_the_plain_way(string stored, bool hasRegions)
    {
        SmallNnUNet small = Model(hasRegions);
        NnUNetModel model = NnUNetModel.Read(small.Write(_folder.FullName));
        Assert.Equal("all", model.Folds.Single().Name);

        // Columns, rows, slices as they are stored; nothing is 0, so that nothing is cropped.
        VolumeGrid grid = VolumeGrid.Axial(20, 13, 9, new Vector3D(1.5, 2.5, 2)).Oriented(stored);
        var random = new Random(11);
        short[] hu = [.. Enumerable.Range(0, (int)grid.VoxelCount).Select(i => (short)(90 * Math.Sin(i * 0.013) + random.Next(1, 120)))];
        NiftiFile.Write(_folder.File("ct.nii.gz"), new CtVolume(grid, hu, new VolumeSource("ct")));
        CtVolume ct = NiftiFile.ReadCt(_folder.File("ct.nii.gz"));
        Assert.Equal(stored, ct.Grid.Orientation);
        using NnUNetSegmenter segmenter = NnUNetSegmenter.Create(PancreasModel.OfNnUNet(model, "m"), SegmentationEngineKind.Torch,
            new EngineOptions { ThreadCount = 1 });
        byte[] labels = segmenter.Run(ct, new NnUNetOptions()).Labels.Labels.ToArray(), expected = Plainly(model, ct, hasRegions);
        int different = labels.Zip(expected, (a, b) => a != b).Count(differs => differs);
        output.WriteLine($"{stored}: {different} of {labels.Length} labels differ");
        // float16 moves a logit by a thousandth.
        Assert.InRange(different, 0, labels.Length / 200);
        Assert.All((byte[])[0, 1, 2], label => Assert.InRange(expected.Count(l => l == label), labels.Length / 100, labels.Length));
    }

    private static SmallNnUNet Model(bool hasRegions)
    {
        var small = new SmallNnUNet();
        small.Plans["transpose_forward"] = new JsonArray(2, 0, 1);
        small.Plans["transpose_backward"] = new JsonArray(1, 2, 0);
        foreach (string function in (string[])["resampling_fn_data", "resampling_fn_probabilities"])
        {
            small.Configuration[function] = "resample_torch_fornnunet";
            small.Configuration[function + "_kwargs"] = JsonNode.Parse("""{ "is_seg": false, "force_separate_z": false }""");
        }
        small.Plans["configurations"]!["mine"] =
            JsonNode.Parse("""{ "inherits_from": "3d_fullres", "patch_size": [16, 16, 16], "spacing": [2.0, 2.2, 2.0] }""");
        small.Folds.Clear();
        small.Folds["fold_all"] = () => new CheckpointWriter { Configuration = "mine" };
        small.Tamper = SmallNnUNet.Balance;
        if (!hasRegions) return small;
        small.Tamper += weights =>
        {
            for (int i = 0; i < weights.Count; i++)
                if (weights[i].Name.StartsWith("decoder.seg_layers.", StringComparison.Ordinal))
                    weights[i] = (weights[i].Name, [2, .. weights[i].Shape[1..]], weights[i].Values[..(weights[i].Values.Length / 3 * 2)]);
        };
        small.DataSet["labels"] = JsonNode.Parse("""{ "background": 0, "pancreas": [1, 2], "tumour": 2 }""");
        small.DataSet["regions_class_order"] = new JsonArray(1, 2);
        return small;
    }

    /// <summary>Slices, rows, columns as stored to labels in the same order.</summary>
    private static byte[] Plainly(NnUNetModel model, CtVolume ct, bool hasRegions)
    {
        using var scope = NewDisposeScope();
        VolumeGrid grid = ct.Grid;
        Tensor image = tensor(ct.Integers.ToArray().Select(v => (float)v).ToArray(), [1, 1, grid.Slices, grid.Rows, grid.Columns])
            .permute(0, 1, 4, 2, 3);                                             // forward [2, 0, 1]
        double[] spacing = [grid.Spacing.X, grid.Spacing.Z, grid.Spacing.Y], wanted = [2, 2.2, 2];
        long[] before = image.shape[2..], after = [.. before.Select((n, a) => (long)Math.Round(spacing[a] / wanted[a] * n))];
        Tensor scaled = (image.clamp(-100, 200) - 50) / 40;
        Tensor resampled = interpolate(scaled, after, mode: InterpolationMode.Trilinear, align_corners: false);
        long[] room = [.. after.Select(n => 16 - n)], low = [.. room.Select(n => n / 2)];
        Assert.All(room, n => Assert.InRange(n, 0, 8));
        Tensor padded = pad(resampled, [low[2], room[2] - low[2], low[1], room[1] - low[1], low[0], room[0] - low[0]]);
        var weights = model.Folds[0].Weights.Tensors.ToDictionary(w => w.Shape.Name,
            w => tensor(w.Values, [.. w.Shape.Shape.Select(n => (long)n)]));
        Tensor logits = PlainUNet.Logits(weights, model.Architecture, padded, activationFirst: false)
            .narrow(2, low[0], after[0]).narrow(3, low[1], after[1]).narrow(4, low[2], after[2]);
        Tensor back = interpolate(logits, before, mode: InterpolationMode.Trilinear, align_corners: false)
            .permute(0, 1, 3, 4, 2);                                             // backward [1, 2, 0]
        Tensor labels = hasRegions
            ? where(back.narrow(1, 1, 1).sigmoid() > 0.5, 2, where(back.narrow(1, 0, 1).sigmoid() > 0.5, 1, 0))
            : back.argmax(1);
        return labels.to(ScalarType.Byte).contiguous().data<byte>().ToArray();
    }
}
