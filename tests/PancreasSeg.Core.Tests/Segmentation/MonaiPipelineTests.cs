using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Segmentation;

/// <summary>A whole bundle of MONAI, from its folder to the mask on the CT's grid, against MONAI's way done slowly.</summary>
[Collection(TorchTests.Name)]
public sealed class MonaiPipelineTests : IDisposable
{
    private const string Metadata = """
        { "name": "blobs", "network_data_format": { "outputs": { "pred": { "channel_def": {
          "0": "background", "1": "pancreas", "2": "pancreatic tumor" } } } } }
        """;

    // What lies round a voxel counts, and at the edge of a patch nothing lies there: patches disagree where they overlap.
    private const string Forward = """
        _0 = torch.avg_pool3d(x, [3, 3, 3], [1, 1, 1], [1, 1, 1])
        _1 = torch.mul(torch.sub(_0, 0.5), 12.)
        _2 = torch.mul(torch.sub(x, 0.9), 9.)
        return torch.cat([torch.neg(_1), _1, _2], 1)
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("constant", 0.625, 1.5, 1.5, 2)]
    [InlineData("gaussian", 0.25, 1.8, 0.9, 2.5)]
    [InlineData("gaussian", 0.5, 1.1, 4, 9)]                                     // fewer rows and slices than a patch has
    public void Probabilities_and_mask_are_monais(string mode, double overlap, double right, double front, double up)
    {
        CtVolume ct = Ct();
        double[][,,] expected = new MonaiReference([right, front, up], -100, 200, [16, 16, 8], overlap, mode == "gaussian", Blobs)
            .Probabilities(ct);
        SegmentationResult result = Run(ct, [right, front, up], mode, overlap);
        ReadOnlySpan<float> probabilities = result.Probability!.Values.Span;
        ReadOnlySpan<byte> mask = result.Mask!.Labels.Span;
        for (int i = 0; i < mask.Length; i++)
        {
            (int c, int r, int s) = ct.Grid.VoxelOf(i);
            double pancreas = expected[1][c, r, s] + expected[2][c, r, s];
            Assert.Equal(pancreas, probabilities[i], 2e-5);
            if (Math.Abs(pancreas - 0.5) > 2e-5) Assert.Equal(pancreas > 0.5, mask[i] == 1);
        }
        Assert.InRange(result.Mask.Count(1), 1, mask.Length / 10);

        // The order in which the CT's voxels are stored changes nothing.
        LabelVolume other = Run(ct.To(ct.Grid.Oriented("IRP")), [right, front, up], mode, overlap).Mask!;
        Assert.Equal(result.Mask.Labels.ToArray(), other.To(ct.Grid).Labels.ToArray());
    }

    private SegmentationResult Run(CtVolume ct, double[] spacing, string mode, double overlap)
    {
        Directory.CreateDirectory(_folder.File("configs"));
        Directory.CreateDirectory(_folder.File("models"));
        File.WriteAllText(_folder.File("configs/metadata.json"), Metadata);
        File.WriteAllText(_folder.File("configs/inference.yaml"), FormattableString.Invariant($$"""
            preprocessing:
              _target_: Compose
              transforms:
              - {_target_: LoadImaged, keys: image}
              - {_target_: Orientationd, keys: image, axcodes: RAS}
              - {_target_: Spacingd, keys: image, pixdim: [{{spacing[0]}}, {{spacing[1]}}, {{spacing[2]}}], mode: bilinear}
              - {_target_: ScaleIntensityRanged, a_min: -100, a_max: 200, b_min: 0, b_max: 1, clip: true}
            inferer: {_target_: SlidingWindowInferer, roi_size: [16, 16, 8], overlap: {{overlap}}, mode: {{mode}}}
            postprocessing: {_target_: Compose, transforms: [{_target_: Activationsd, softmax: true}]}
            """));
        File.WriteAllBytes(_folder.File("models/model.ts"), ScriptWriter.Module(Forward));
        using var pipeline = new SegmentationPipeline(ForeignModel.ReadTree(_folder.FullName),
            stage => SegmentationEngines.Create(stage, SegmentationEngineKind.Auto, new EngineOptions { ThreadCount = 1 }));
        return pipeline.Run(ct, new SegmentationOptions { AcceptAnyInput = true, KeepProbability = true });
    }

    /// <summary>What <see cref="Forward"/> computes.</summary>
    private static double[][,,] Blobs(double[,,] patch)
    {
        int[] size = [patch.GetLength(0), patch.GetLength(1), patch.GetLength(2)];
        double[][,,] logits = [.. Enumerable.Range(0, 3).Select(_ => new double[size[0], size[1], size[2]])];
        for (int a = 0; a < size[0]; a++)
            for (int b = 0; b < size[1]; b++)
                for (int c = 0; c < size[2]; c++)
                {
                    double sum = 0;
                    for (int i = Math.Max(a - 1, 0); i <= Math.Min(a + 1, size[0] - 1); i++)
                        for (int j = Math.Max(b - 1, 0); j <= Math.Min(b + 1, size[1] - 1); j++)
                            for (int k = Math.Max(c - 1, 0); k <= Math.Min(c + 1, size[2] - 1); k++) sum += patch[i, j, k];
                    logits[1][a, b, c] = 12 * (sum / 27 - 0.5);
                    logits[0][a, b, c] = -logits[1][a, b, c];
                    logits[2][a, b, c] = 9 * (patch[a, b, c] - 0.9);
                }
        return logits;
    }

    /// <summary>Soft blobs over an uneven ground.</summary>
    private static CtVolume Ct()
    {
        VolumeGrid grid = VolumeGrid.Axial(52, 44, 24, new(1.1, 1.3, 2.5), new(-30, 12, 40));
        (Vector3D Centre, double Size, double Hu)[] blobs =
            [(new(-8, 34, 62), 9, 190), (new(4, 42, 70), 8, 230), (new(16, 48, 80), 5, 160), (new(-20, 52, 92), 6, 210)];
        var hu = new short[grid.VoxelCount];
        for (int i = 0; i < hu.Length; i++)
        {
            (int c, int r, int s) = grid.VoxelOf(i);
            Vector3D at = grid.Affine.Apply(new(c, r, s));
            double value = -60 + 25 * Math.Sin(at.X / 2.3) * Math.Sin(at.Y / 3.1) * Math.Cos(at.Z / 4);
            foreach ((Vector3D centre, double size, double peak) in blobs)
                value += peak * Math.Exp(-Math.Pow((at - centre).Length / size, 2));
            hu[i] = (short)Math.Round(value);
        }
        return new CtVolume(grid, hu, new VolumeSource("blobs"));
    }
}
