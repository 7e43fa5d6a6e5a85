using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Core.Tests.Network;

public class BoxAverageTests
{
    private static readonly (int Slice, int Row, int Column)[] s_starts =
        [(0, 4, 4), (0, 4, 0), (0, 4, 8), (0, 0, 4), (0, 8, 4)];

    [Fact]
    public void A_network_that_looks_at_single_voxels_says_the_same_in_every_box()
    {
        (NetworkInput input, VolumeGrid box) = Input();
        float[] mean = Run(new FakeEngine(v => v), input, box).Probabilities;
        VolumeGrid reach = input.Grid;
        for (int i = 0; i < mean.Length; i++)
        {
            (int c, int r, int s) = (i % reach.Columns, i / reach.Columns % reach.Rows, i / (reach.Columns * reach.Rows));
            bool seen = s_starts.Any(start => Sees(start.Slice, s) && Sees(start.Row, r) && Sees(start.Column, c));
            Assert.Equal(seen ? input.Values.Span[i] : 0, mean[i], 1e-6f);
        }

        static bool Sees(int start, int at) => at >= start && at < start + 16;
    }

    [Fact]
    public void What_only_the_first_column_of_a_box_says_is_a_share_of_the_boxes_that_see_it()
    {
        (NetworkInput input, VolumeGrid box) = Input();
        var first = new FakeEngine((values, size) => [.. values.ToArray().Select((_, i) => i % size.Width == 0 ? 1f : 0f)]);
        float[] mean = Run(first, input, box).Probabilities;
        VolumeGrid reach = input.Grid;
        Assert.Equal(1, mean[reach.IndexOf(0, 10, 10)]);
        Assert.Equal(3 / 4f, mean[reach.IndexOf(4, 10, 10)], 1e-6f);
        Assert.Equal(1 / 5f, mean[reach.IndexOf(8, 10, 10)], 1e-6f);
        Assert.Equal(0, mean[reach.IndexOf(10, 10, 10)]);
    }

    [Fact]
    public void Classes_are_those_of_the_middle_box_and_of_the_same_pass()
    {
        (NetworkInput input, VolumeGrid box) = Input();
        var engine = new FakeEngine(v => v) { Classes = values => [.. values.ToArray().Select(v => (byte)(1 + 200 * v))] };
        byte[] classes = Run(engine, input, box, withClasses: true).Classes!;
        VolumeGrid reach = input.Grid;
        Assert.Equal(reach.VoxelCount, classes.Length);
        for (int i = 0; i < classes.Length; i++)
        {
            int[] index = [i % reach.Columns, i / reach.Columns % reach.Rows, i / (reach.Columns * reach.Rows)];
            Assert.Equal(index[..2].All(n => n is >= 4 and < 20) ? (byte)(1 + 200 * input.Values.Span[i]) : 0, classes[i]);
        }
        Assert.Equal((5, 1), (engine.Passes.Count, engine.Passes.Count(pass => pass.WithClasses)));
        Assert.Null(Run(engine, input, box).Classes);
    }

    private static (float[] Probabilities, byte[]? Classes) Run(
        FakeEngine engine, NetworkInput input, VolumeGrid box, bool withClasses = false)
    {
        var execution = new Execution(new("Fake", "cpu", "float32", 1), box.Slices, box.Rows, box.Columns);
        return BoxAverage.Run((values, isMiddle) =>
        {
            Prediction answer = engine.Run(values, execution, withClasses && isMiddle, null, default);
            return (answer.Probabilities, answer.Classes);
        }, input);
    }

    private static (NetworkInput Input, VolumeGrid Box) Input()
    {
        var random = new Random(1);
        VolumeGrid box = VolumeGrid.Axial(16, 16, 16, new(3, 3, 3)), reach = BoxAverage.Reach(box);
        return (new NetworkInput(reach, (float[])[.. Enumerable.Range(0, reach.VoxelCount).Select(_ => random.NextSingle())]), box);
    }
}
