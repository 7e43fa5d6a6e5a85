using PancreasSeg.Inference;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Core.Tests.Inference;

public class BoxAverageTests
{
    [Fact]
    public void A_network_that_looks_at_single_voxels_says_the_same_in_every_box()
    {
        (NetworkInput input, VolumeGrid box) = Input();
        float[] mean = BoxAverage.Run(new Engine((v, _) => v), input, box, null, default);
        VolumeGrid reach = input.Grid;
        for (int i = 0; i < mean.Length; i++)
        {
            (int c, int r, int s) = (i % reach.Columns, i / reach.Columns % reach.Rows, i / (reach.Columns * reach.Rows));
            int middle = (c is >= 4 and < 20 ? 1 : 0) + (r is >= 4 and < 20 ? 1 : 0) + (s is >= 4 and < 20 ? 1 : 0);
            Assert.Equal(middle >= 2 ? input.Values.Span[i] : 0, mean[i], 1e-6f);
        }
    }

    [Fact]
    public void What_only_the_first_column_of_a_box_says_is_a_share_of_the_boxes_that_see_it()
    {
        (NetworkInput input, VolumeGrid box) = Input();
        float[] mean = BoxAverage.Run(new Engine((_, column) => column == 0 ? 1 : 0), input, box, null, default);
        VolumeGrid reach = input.Grid;
        Assert.Equal(1, mean[reach.IndexOf(0, 10, 10)]);
        Assert.Equal(5 / 6f, mean[reach.IndexOf(4, 10, 10)], 1e-6f);
        Assert.Equal(1 / 7f, mean[reach.IndexOf(8, 10, 10)], 1e-6f);
        Assert.Equal(0, mean[reach.IndexOf(10, 10, 10)]);
    }

    [Fact]
    public void The_middle_box_is_the_box()
    {
        (NetworkInput input, VolumeGrid box) = Input();
        float[] middle = BoxAverage.Middle(input, box);
        Assert.Equal(input.Values.Span[input.Grid.IndexOf(4, 4, 4)], middle[0]);
        Assert.Equal(input.Values.Span[input.Grid.IndexOf(19, 19, 19)], middle[^1]);
    }

    private static (NetworkInput Input, VolumeGrid Box) Input()
    {
        var random = new Random(1);
        VolumeGrid box = VolumeGrid.Axial(16, 16, 16, new(3, 3, 3)), reach = BoxAverage.Reach(box);
        return (new NetworkInput(reach, (float[])[.. Enumerable.Range(0, reach.VoxelCount).Select(_ => random.NextSingle())]), box);
    }

    private sealed class Engine(Func<float, int, float> answer) : ISegmentationEngine
    {
        public EngineInfo Info { get; } = new("Fake", "cpu", "float32", 1);

        public float[] Run(ReadOnlyMemory<float> input, int depth, int height, int width, IProgress<ProgressStep>? progress, CancellationToken cancellation) =>
            [.. input.ToArray().Select((v, i) => answer(v, i % width))];

        public void Dispose()
        {
        }
    }
}
