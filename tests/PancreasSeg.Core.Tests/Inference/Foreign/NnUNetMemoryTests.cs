using PancreasSeg.Inference;
using PancreasSeg.Inference.Foreign;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Core.Tests.Inference.Foreign;

public sealed class NnUNetMemoryTests : IDisposable
{
    // At 3 x 2 x 2 mm, 150 x 375 x 375 voxels.
    private static readonly VolumeGrid s_grid = VolumeGrid.Axial(500, 500, 300, new Vector3D(1.5, 1.5, 1.5));

    private readonly TemporaryFolder _folder = new();
    private readonly SmallNnUNet _small = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Logits_of_all_classes_at_the_models_voxel_size_are_counted()
    {
        long image = 150L * 375 * 375;
        MemoryEstimate memory = new NnUNetMemory(Model(), null).Settle(s_grid, false, held: 1000);
        Assert.InRange(memory.Volumes, (4 + 2 * 3) * image + 1000, 60 * image);
        Assert.True(memory.Process > 0 && memory.Network > 0);
    }

    [Fact]
    public void Folds_mirror_images_and_what_others_hold_add_to_it()
    {
        _small.DataSet["labels"] = new System.Text.Json.Nodes.JsonObject([.. Enumerable.Range(0, 60)
            .Select(i => KeyValuePair.Create($"c{i}", (System.Text.Json.Nodes.JsonNode?)i))]);
        _small.Folds["fold_1"] = () => new CheckpointWriter();
        NnUNetModel two = Model(), one = two with { Folds = [two.Folds[0]] };
        long Volumes(NnUNetModel model, bool isMirrored = false, long held = 0) =>
            new NnUNetMemory(model, null).Settle(s_grid, isMirrored, held).Volumes;
        Assert.InRange(Volumes(two) - Volumes(one), 1, 2L * 60 * 150 * 375 * 375);
        Assert.Equal(4L * 60 * 8 * 16 * 16, Volumes(two, isMirrored: true) - Volumes(two));
        Assert.Equal(5, Volumes(one, held: 5) - Volumes(one));
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_what_it_takes()
    {
        NnUNetModel model = Model();
        CoreException error =
            Assert.Throws<CoreException>(() => new NnUNetMemory(model, 100_000_000).Settle(s_grid, false, 0));
        Assert.Equal(Fault.MemoryLimitTooSmall, error.Fault);
        long allowed = long.Parse(error.Remedy!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) << 20;
        // The process may have grown a little since.
        Assert.NotNull(new NnUNetMemory(model, allowed + 200_000_000).Settle(s_grid, false, 0));
    }

    private NnUNetModel Model() => NnUNetModel.Read(_small.Write(_folder.FullName));
}
