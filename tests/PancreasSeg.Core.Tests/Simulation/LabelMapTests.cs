using System.IO.Compression;
using PancreasSeg.Simulation;

namespace PancreasSeg.Core.Tests.Simulation;

public class LabelMapTests
{
    private static readonly (PhantomLabel Phantom, byte Map)[] s_pairs =
    [
        (PhantomLabel.Spleen, 1), (PhantomLabel.Pancreas, 2), (PhantomLabel.LeftKidney, 3), (PhantomLabel.Gallbladder, 4),
        (PhantomLabel.Oesophagus, 5), (PhantomLabel.Liver, 6), (PhantomLabel.Stomach, 7), (PhantomLabel.Duodenum, 8),
    ];

    [Fact]
    public void Given_organs_keep_their_voxels_in_their_own_coordinates()
    {
        LabelVolume map = Map(11);
        PhantomCase phantom =
            CtPhantom.Create(new PhantomOptions { Seed = 2, Size = (96, 80, 50), Spacing = new(4, 4, 4), LabelMap = map });
        LabelVolume given = map.To(phantom.Label.Grid);
        foreach ((PhantomLabel label, byte organ) in s_pairs.Where(pair => map.Count(pair.Map) > 50))
            Assert.Equal(1, SceneTools.Dice(phantom.Label.Labels.Span, (byte)label, given.Labels.Span, organ));
        Assert.True(phantom.Label.Count((byte)PhantomLabel.RightKidney) > 0);
        Assert.True(phantom.Label.Count((byte)PhantomLabel.Aorta) > 0);
        Assert.True(phantom.Label.Count((byte)PhantomLabel.Bone) > 0);
    }

    [Fact]
    public void Painted_organs_follow_the_map()
    {
        LabelVolume map = Map(12);
        Scene scene = SceneBuilder.Build(Patient.Around(map, 3), 2, 90, 110);
        LabelVolume given = map.To(scene.Grid);
        byte[] table = TissueLabels.Table(), painted = [.. scene.Classes.Select(tissue => table[tissue])];
        Assert.InRange(SceneTools.Dice(painted, (byte)PhantomLabel.Pancreas, given.Labels.Span, 2), 0.9, 1);
        Assert.InRange(SceneTools.Dice(painted, (byte)PhantomLabel.Liver, given.Labels.Span, 6), 0.95, 1);
    }

    [Fact]
    public void The_pancreas_alone_is_enough()
    {
        LabelVolume map = Map(13);
        var only = new LabelVolume(map.Grid, [.. map.Labels.ToArray().Select(label => label == 2 ? (byte)2 : (byte)0)], map.Source);
        PhantomCase phantom = CtPhantom.Create(new PhantomOptions { Size = (64, 54, 40), Spacing = new(6, 6, 5), LabelMap = only });
        Assert.Equal(1, SceneTools.Dice(phantom.Label.Labels.Span, 1, only.To(phantom.Label.Grid).Labels.Span, 2));
    }

    [Fact]
    public void A_map_without_a_pancreas_is_refused()
    {
        var empty = new LabelVolume(VolumeGrid.Axial(4, 4, 4, new(1, 1, 1)), new byte[64], new VolumeSource("empty"));
        Assert.Equal(
            Fault.LabelMissing, Assert.Throws<CoreException>(() => CtPhantom.Create(new PhantomOptions { LabelMap = empty })).Fault);
    }

    [Theory]
    [InlineData("anatomy021.nii.gz", 1)]
    [InlineData("anatomy066.nii.gz", 2)]
    [InlineData("anatomy088.nii.gz", 3)]
    public void Real_organs_get_a_body_round_them(string file, long seed)
    {
        LabelVolume map = ReadBytes(SampleData.Require("abdomen-anatomy", file));
        LabelVolume labels =
            CtPhantom.Create(new PhantomOptions { Seed = seed, Size = (110, 90, 56), Spacing = new(3.5, 3.5, 4), LabelMap = map }).Label;
        LabelVolume given = map.To(labels.Grid);
        foreach ((PhantomLabel label, byte organ) in s_pairs.Where(pair => given.Count(pair.Map) > 50))
            Assert.Equal(1, SceneTools.Dice(labels.Labels.Span, (byte)label, given.Labels.Span, organ));
        // The pancreas of the middle slices lies in front of bone and aorta, and the body surrounds all.
        Assert.True(MeanRow(labels, PhantomLabel.Pancreas) < MeanRow(labels, PhantomLabel.Aorta));
        Assert.True(MeanRow(labels, PhantomLabel.Aorta) < MeanRow(labels, PhantomLabel.RightKidney));
        Assert.InRange(labels.VolumeMl((byte)PhantomLabel.RightKidney), 20, 300);
        Assert.InRange(labels.VolumeMl((byte)PhantomLabel.PortalAndSplenicVein), 5, 60);
    }

    /// <summary>The splenic vein runs whole along a given body and tail: in every sagittal plane behind the gland, not in it.</summary>
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void The_splenic_vein_lies_beside_a_given_gland(long seed)
    {
        Patient patient = Patient.Around(Map(seed), 3);
        Landmarks marks = patient.Organs.Landmarks;
        Scene scene = SceneBuilder.Build(patient, 2, 90, 110);
        int From(int node) => (int)((marks.PancreasLine[node].Point.X + patient.Frame.X - scene.Grid.Origin.X) / 2);
        int from = From(marks.Neck + 1), to = From(marks.PancreasLine.Length - 1), whole = 0;
        for (int x = from; x <= to; x++)
        {
            int beside = 0;
            for (int z = 0; z < scene.Grid.Slices; z++)
                for (int y = 10; y < scene.Grid.Rows; y++)
                    if (Is(x, y, z, TissueClass.PortalVein) && Enumerable.Range(1, 8).Any(d => Is(x, y - d, z, TissueClass.Pancreas)))
                        beside++;
            if (beside * 4 >= 24) whole++;      // mm^2: a vein of 3.2 mm radius has 32 where it is cut across
        }
        Assert.True(whole >= 0.75 * (to - from + 1), $"{whole} of {to - from + 1}");

        bool Is(int x, int y, int z, TissueClass tissue) => scene.Classes[scene.Grid.IndexOf(x, y, z)] == (byte)tissue;
    }

    private static double MeanRow(LabelVolume labels, PhantomLabel label)
    {
        double sum = 0, count = 0;
        for (int i = 0; i < labels.Grid.VoxelCount; i++)
            if (labels.Labels.Span[i] == (byte)label) (sum, count) = (sum + i / labels.Grid.Columns % labels.Grid.Rows, count + 1);
        return sum / count;
    }

    /// <summary>Just enough NIfTI for these maps: little-endian, one byte per voxel, sform.</summary>
    private static LabelVolume ReadBytes(string path)
    {
        using var stream = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        byte[] bytes = memory.ToArray();
        int Size(int axis) => BitConverter.ToInt16(bytes, 40 + 2 * axis);
        Vector3D Column(int c) => new(-Sform(0, c), -Sform(1, c), Sform(2, c));
        double Sform(int row, int column) => BitConverter.ToSingle(bytes, 280 + 16 * row + 4 * column);
        var grid = new VolumeGrid(Size(1), Size(2), Size(3), new AffineTransform(Column(0), Column(1), Column(2), Column(3)));
        int offset = (int)BitConverter.ToSingle(bytes, 108);
        return new LabelVolume(grid, bytes[offset..(offset + grid.VoxelCount)], new VolumeSource(Path.GetFileName(path)));
    }

    /// <summary>The organs of a phantom as a map that runs right-anterior-superior far from the origin.</summary>
    private static LabelVolume Map(long seed)
    {
        LabelVolume truth = CtPhantom.Create(new PhantomOptions { Seed = seed, Size = (96, 80, 66), Spacing = new(4, 4, 3) }).Label;
        VolumeGrid g = truth.Grid;
        var labels = new byte[g.VoxelCount];
        for (int k = 0; k < g.Slices; k++)
            for (int j = 0; j < g.Rows; j++)
                for (int i = 0; i < g.Columns; i++)
                {
                    byte label = truth.Labels.Span[g.IndexOf(i, j, k)];
                    labels[g.IndexOf(g.Columns - 1 - i, g.Rows - 1 - j, k)] =
                        s_pairs.FirstOrDefault(pair => (byte)pair.Phantom == label).Map;
                }
        var affine = new AffineTransform(new(-4, 0, 0), new(0, -4, 0), new(0, 0, 3), new(500, -200, 1000));
        return new LabelVolume(new VolumeGrid(g.Columns, g.Rows, g.Slices, affine), labels, new VolumeSource("map"));
    }
}
