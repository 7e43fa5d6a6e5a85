using PancreasSeg.Pictures;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public class CasePictureTests
{
    [Fact]
    public void A_case_without_a_window_shows_its_whole_range()
    {
        VolumeGrid grid = VolumeGrid.Axial(16, 16, 16, new(2, 2, 2));
        byte[] Drawn(float value, PreprocessPlan plan) => CasePicture.Draw(
            new PreparedCase(
                "case", new NetworkInput(grid, (float[])[.. Enumerable.Repeat(value, grid.VoxelCount)]), new byte[grid.VoxelCount]),
            new float[grid.VoxelCount], new TrainingOptions { Plan = plan });
        PreprocessPlan original = PreprocessPlan.Original with { Transpose = false };
        var words = new PreviewOptions { Title = "Validation case, as the network sees it" };
        var none = new LabelVolume(grid, new byte[grid.VoxelCount], new("x"));
        byte[] Grey(short hu) =>
            SegmentationPreview.Render(
                new CtVolume(grid, (short[])[.. Enumerable.Repeat(hu, grid.VoxelCount)], new("x")), none, words, none);
        Assert.Equal(Grey(-60), Drawn(-0.5f, original));
        Assert.Equal(Grey(140), Drawn(0.5f, original));
        Assert.Equal(Grey(50), Drawn(0, new PreprocessPlan { Size = [16, 16, 16], WindowLow = -100, WindowHigh = 200 }));
    }
}
