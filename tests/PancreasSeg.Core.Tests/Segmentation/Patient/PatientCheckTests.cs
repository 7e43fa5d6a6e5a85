using PancreasSeg.Segmentation;
using PancreasSeg.Simulation;

namespace PancreasSeg.Core.Tests.Segmentation;

public class PatientCheckTests
{
    // Lean, portal-venous, lungs out of view; obese with lungs; positive contrast medium in the bowel.
    private static readonly Dictionary<long, CtVolume> s_patients = new[] { 106L, 103, 101 }.ToDictionary(seed => seed, seed =>
        CtPhantom.Create(new PhantomOptions { Seed = seed, Size = (80, 66, 48), Spacing = new(5, 5, 5), Phase = (ContrastPhase)(seed % 4) })
            .Image);

    public static TheoryData<long> Seeds => [.. s_patients.Keys];

    public static TheoryData<string> Objects => [.. TestObjects.Names];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_true_header_is_not_doubted_in_any_storage_order(long seed)
    {
        CtVolume ct = s_patients[seed];
        foreach (string order in (string[])["LPS", "RAS", "LPI", "PSL", "SRA", "AIL"]) Assert.Empty(Look(ct.To(ct.Grid.Oriented(order))));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Voxels_turned_without_their_header_are_told(long seed)
    {
        CtVolume ct = s_patients[seed];
        foreach (string order in (string[])["RPS", "LAS", "RAS", "LPI", "RPI", "LAI", "RAI", "PLS", "PRS", "ALS", "ARS", "SPL", "LSP"])
        {
            IReadOnlyList<string> doubts = Look(Stored(ct, order));
            Assert.True(doubts.Count > 0, $"{seed} {order}");
        }
    }

    [Theory]
    [InlineData("RPS", "liver lies on the left")]
    [InlineData("LAS", "spine lies in front")]
    [InlineData("LPI", "lungs lie at the feet's end")]
    [InlineData("PLS", "spine lies on the left")]
    [InlineData("LSP", "slices are not axial")]
    public void What_was_seen_is_said(string order, string words) =>
        Assert.Contains(Look(Stored(s_patients[103], order)), doubt => doubt.Contains(words, StringComparison.Ordinal));

    [Fact]
    public void A_patient_on_belly_or_side_with_a_true_header_is_not_doubted()
    {
        // A mattress in front or at the side, and the scanner's own axes turned with the patient.
        CtVolume ct = s_patients[106];
        foreach ((int axis, bool first) in (ReadOnlySpan<(int, bool)>)[(1, true), (1, false), (0, true), (0, false)])
            foreach (string order in (string[])["LPS", "RAS", "PRS", "ALS"])
            {
                CtVolume lying = WithTable(ct, axis, first);
                Assert.Empty(Look(lying.To(lying.Grid.Oriented(order))));
            }
    }

    [Theory]
    [InlineData(0, 15)]
    [InlineData(1, 12)]
    [InlineData(2, 20)]
    public void Oblique_cuts_are_not_doubted(int axis, double degrees)
    {
        foreach (CtVolume ct in s_patients.Values) Assert.Empty(Look(ct.To(Turned(ct.Grid, axis, degrees))));
    }

    [Fact]
    public void A_part_of_a_patient_is_not_doubted()
    {
        foreach (CtVolume ct in s_patients.Values)
            foreach ((int from, int count) in (ReadOnlySpan<(int, int)>)[(0, 12), (12, 12), (24, 12), (36, 12), (0, 32), (16, 32)])
            {
                AffineTransform affine = ct.Grid.Affine with { Translation = ct.Grid.Affine.Apply(new(0, 0, from)) };
                Assert.Empty(Look(ct.To(new VolumeGrid(ct.Grid.Columns, ct.Grid.Rows, count, affine))));
            }
    }

    [Theory]
    [MemberData(nameof(Objects))]
    public void An_object_is_no_patient(string name) =>
        Assert.Equal([SegmentationReason.NoPatient], PatientCheck.Look(TestObjects.Create(name)).Reasons);

    [Fact]
    public void A_cut_out_without_an_outline_is_not_judged()
    {
        VolumeGrid grid = VolumeGrid.Axial(30, 50, 30, new(5, 5, 5));
        Assert.Empty(PatientCheck.Look(new CtVolume(grid, [.. Enumerable.Repeat((short)60, grid.VoxelCount)], new("organ"))).Reasons);
    }

    [Theory]
    [InlineData(3071, true)]
    [InlineData(2100, true)]
    [InlineData(-2000, false)]
    public void Bright_padding_round_the_slices_is_told_and_does_not_hide_the_patient(short padding, bool expected)
    {
        CtVolume ct = s_patients[106];
        short[] hu = ct.Integers.ToArray();
        for (int i = 0; i < hu.Length; i++)
        {
            (int x, int y, _) = ct.Grid.VoxelOf(i);
            double u = (x - 39.5) / 40, v = (y - 32.5) / 33;
            if (u * u + v * v > 1) hu[i] = padding;
        }
        var (reasons, remarks) = PatientCheck.Look(new CtVolume(ct.Grid, hu, ct.Source));
        Assert.Equal(expected ? [SegmentationReason.PaddingBright] : [], reasons);
        Assert.Empty(remarks);
    }

    [Fact]
    public void A_little_metal_at_the_edge_of_the_slices_is_no_padding()
    {
        CtVolume ct = s_patients[106];
        short[] hu = ct.Integers.ToArray();
        for (int i = 0; i < hu.Length; i++)
        {
            (int x, int y, _) = ct.Grid.VoxelOf(i);
            if (x < 8 && y < 3) hu[i] = 3071;
        }
        Assert.Empty(PatientCheck.Look(new CtVolume(ct.Grid, hu, ct.Source)).Reasons);
    }

    private static IReadOnlyList<string> Look(CtVolume ct)
    {
        var (reasons, remarks) = PatientCheck.Look(ct);
        Assert.Equal(remarks.Count > 0 ? [SegmentationReason.OrientationDoubtful] : [], reasons);
        return remarks;
    }

    /// <summary>The voxels in another order under a header that says LPS.</summary>
    private static CtVolume Stored(CtVolume ct, string order)
    {
        CtVolume turned = ct.To(ct.Grid.Oriented(order));
        return new CtVolume(VolumeGrid.Axial(turned.Grid.Columns, turned.Grid.Rows, turned.Grid.Slices, new(5, 5, 5)),
            turned.Integers.ToArray(), ct.Source);
    }

    private static CtVolume WithTable(CtVolume ct, int axis, bool first)
    {
        short[] hu = ct.Integers.ToArray();
        for (int i = 0; i < hu.Length; i++)
        {
            (int x, int y, _) = ct.Grid.VoxelOf(i);
            (int at, int last) = axis == 0 ? (x, ct.Grid.Columns - 1) : (y, ct.Grid.Rows - 1);
            if ((first ? at : last - at) is 1 or 2) hu[i] = Math.Max(hu[i], (short)-80);
        }
        return new CtVolume(ct.Grid, hu, ct.Source);
    }

    private static VolumeGrid Turned(VolumeGrid grid, int axis, double degrees)
    {
        (double sin, double cos) = Math.SinCos(degrees * Math.PI / 180);
        Vector3D Turn(Vector3D v) => axis switch
        {
            0 => new(v.X, cos * v.Y - sin * v.Z, sin * v.Y + cos * v.Z),
            1 => new(cos * v.X + sin * v.Z, v.Y, cos * v.Z - sin * v.X),
            _ => new(cos * v.X - sin * v.Y, sin * v.X + cos * v.Y, v.Z),
        };
        Vector3D c = Turn(grid.Affine.ColumnStep), r = Turn(grid.Affine.RowStep), s = Turn(grid.Affine.SliceStep);
        Vector3D origin = grid.Centre - c * ((grid.Columns - 1) / 2.0) - r * ((grid.Rows - 1) / 2.0) - s * ((grid.Slices - 1) / 2.0);
        return new VolumeGrid(grid.Columns, grid.Rows, grid.Slices, new AffineTransform(c, r, s, origin));
    }
}
