using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Segmentation;

/// <summary>From where on each sign speaks, both sides of it.</summary>
public class BodySignsTests
{
    private const string NotAxial =
        "the body ends before the first and last slice and is cut at the edges of the slices: the slices are not axial";

    private static readonly BodySigns s_plain = new()
    {
        Bone = 0.03,
        Fat = 0.2,
        Width = 1.4,
        Spine = 1,
        Front = 1,
        Side = 0,
        DeepMl = 500,
        DeepRight = 0.5,
        DeepUp = 0,
        Lungs = (0, 0),
        Gas = (0, 0),
        CutFaces = new(0, 0, 0.3),
    };

    public static TheoryData<string, string> Cases => new()
    {
        { "plain", "" },
        { "front -0.46", "the spine lies in front" },
        { "front -0.44", "" },
        { "front -0.46, spine 0.51", "the spine lies in front" },
        { "front -0.46, spine 0.49", "" },
        { "front -0.46, gas 16 0.29", "the spine lies in front" },
        { "front -0.46, gas 16 0.31", "" },                                    // bowel with contrast medium
        { "front -0.46, gas 14 0.31", "the spine lies in front" },
        { "front 0.44, gas 16 -0.31", "the bowel's gas lies behind" },
        { "front 0.44, gas 16 -0.29", "" },
        { "front 0.44, gas 14 -0.31", "" },
        { "front 0.46, gas 16 -0.31", "" },
        { "front 0.1, side -0.46, width 0.99", "the spine lies on the left: the slices are turned" },
        { "front 0.1, side 0.46, width 0.99", "the spine lies on the right: the slices are turned" },
        { "front 0.1, side -0.46, width 1.01", "" },
        { "front 0.1, side -0.44, width 0.99", "" },
        { "front 0.47, side -0.46, width 0.99", "" },
        { "front 0.1, width 0.74", "the body is deeper than wide: the slices are turned" },
        { "front 0.1, width 0.76", "" },
        { "front 0.1, width 0.74, cut 0.06 0 0.3", "" },
        { "front 0.1, width 0.74, spine 0.49", "" },
        { "right -0.31", "what looks like the liver lies on the left" },
        { "right -0.29", "" },
        { "right -0.31, deep 61", "what looks like the liver lies on the left" },
        { "right -0.31, deep 59", "" },
        { "up -17", "what looks like the liver lies at the feet's end" },
        { "up -15", "" },
        { "up -17, lungs 49 0", "what looks like the liver lies at the feet's end" },
        { "up -17, lungs 51 0", "" },
        { "lungs 51 -0.71", "the lungs lie at the feet's end" },
        { "lungs 51 -0.69", "" },
        { "lungs 49 -0.71", "" },
        { "cut 0.051 0 0.019", NotAxial },
        { "cut 0 0.051 0.019", NotAxial },
        { "cut 0.049 0 0.019", "" },
        { "cut 0.051 0 0.021", "" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_sign_speaks_only_where_it_is_clear(string changes, string expected) =>
        Assert.Equal(expected, string.Join("; ", PatientCheck.Doubts(Changed(changes))));

    [Theory]
    [InlineData("bone 0.0021", true)]
    [InlineData("bone 0.0019", false)]
    [InlineData("bone 0.249", true)]
    [InlineData("bone 0.251", false)]
    [InlineData("fat 0.021", true)]
    [InlineData("fat 0.019", false)]
    [InlineData("fat 0, cut 0.051 0.051 0", true)]         // a cut-out may show one organ
    [InlineData("fat 0, cut 0.051 0.049 0", false)]
    public void A_patient_has_bone_and_fat(string changes, bool expected) =>
        Assert.Equal(expected, PatientCheck.IsPatient(Changed(changes)));

    [Theory]
    [InlineData(0.25, true)]
    [InlineData(0.06, false)]
    public void Gas_in_an_eighth_of_a_slice_or_more_is_lung(double part, bool isLung)
    {
        VolumeGrid grid = VolumeGrid.Axial(64, 64, 10, new(6, 6, 6));
        var hu = new float[grid.VoxelCount];
        for (int i = 0; i < hu.Length; i++)
        {
            (int x, int y, _) = grid.VoxelOf(i);
            double square = ((x - 32) * (x - 32) + (y - 32) * (y - 32)) / 625.0;
            hu[i] = square < part ? -800 : square < 1 ? 40 : -1000;
        }
        BodySigns signs = BodySigns.Of(BodyMap.Of(grid, hu));
        Assert.Equal(isLung, signs.Lungs.Ml > 0);
        Assert.Equal(!isLung, signs.Gas.Ml > 0);
    }

    private static BodySigns Changed(string changes) => changes.Split(", ").Aggregate(s_plain, (signs, change) =>
    {
        string[] words = change.Split(' ');
        double[] v = [.. words.Skip(1).Select(word => double.Parse(word, System.Globalization.CultureInfo.InvariantCulture))];
        return words[0] switch
        {
            "bone" => signs with { Bone = v[0] },
            "fat" => signs with { Fat = v[0] },
            "front" => signs with { Front = v[0] },
            "side" => signs with { Side = v[0] },
            "spine" => signs with { Spine = v[0] },
            "width" => signs with { Width = v[0] },
            "deep" => signs with { DeepMl = v[0] },
            "right" => signs with { DeepRight = v[0] },
            "up" => signs with { DeepUp = v[0] },
            "lungs" => signs with { Lungs = (v[0], v[1]) },
            "gas" => signs with { Gas = (v[0], v[1]) },
            "cut" => signs with { CutFaces = new(v[0], v[1], v[2]) },
            _ => signs,
        };
    });
}
