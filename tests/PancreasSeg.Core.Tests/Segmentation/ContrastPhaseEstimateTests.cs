using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Segmentation;

public class ContrastPhaseEstimateTests
{
    private static readonly PreprocessPlan s_plan = new() { Spacing = [3, 3, 3] };
    private static readonly string[] s_names =
        ["background", "pancreas", VesselClasses.Aorta, VesselClasses.VenaCava, VesselClasses.PortalVein];

    [Theory]
    [InlineData(42, 42, 42, ContrastPhase.Native)]
    [InlineData(235, 90, 100, ContrastPhase.Arterial)]
    [InlineData(235, 150, 220, ContrastPhase.PortalVenous)]
    [InlineData(150, 110, 170, ContrastPhase.PortalVenous)]
    [InlineData(100, 95, 105, ContrastPhase.Delayed)]
    [InlineData(100, 160, 105, ContrastPhase.PortalVenous)]
    public void Vessels_tell_the_phase(double aorta, double cava, double portal, ContrastPhase expected) =>
        Assert.Equal(expected, Estimate([aorta, cava, portal], 100));

    [Theory]
    [InlineData(74.5, 74.5, 74.5, ContrastPhase.Native)]
    [InlineData(75.5, 0, 75.5, ContrastPhase.PortalVenous)]
    [InlineData(180.5, 90, 100, ContrastPhase.Arterial)]
    [InlineData(179.5, 90, 100, ContrastPhase.PortalVenous)]
    [InlineData(200, 90, 159.5, ContrastPhase.Arterial)]
    [InlineData(200, 90, 160.5, ContrastPhase.PortalVenous)]
    [InlineData(129.5, 129.5, 129.5, ContrastPhase.Delayed)]
    [InlineData(130.5, 130.5, 130.5, ContrastPhase.PortalVenous)]
    [InlineData(110, 90.5, 110, ContrastPhase.Delayed)]
    [InlineData(110, 89.5, 110, ContrastPhase.PortalVenous)]
    [InlineData(110, 129.5, 110, ContrastPhase.Delayed)]
    [InlineData(110, 130.5, 110, ContrastPhase.PortalVenous)]
    public void Each_bound_holds_to_half_a_HU(double aorta, double cava, double portal, ContrastPhase expected) =>
        Assert.Equal(expected, Estimate([aorta, cava, portal], 100, noise: 0));

    [Theory]
    [InlineData(59, false)]
    [InlineData(60, true)]
    public void A_vessel_of_a_few_voxels_was_not_found(int voxels, bool isFound) =>
        Assert.Equal(isFound, Estimate([42, 42, 42], voxels) is not null);

    [Fact]
    public void Without_an_aorta_nothing_is_told()
    {
        Assert.Null(Estimate([42, 42, 42], 20));
        Assert.Null(ContrastPhaseEstimate.Of(new float[1000], s_plan, new byte[1000], ["background", "pancreas"]));
        Assert.Null(ContrastPhaseEstimate.Of(new float[1000], s_plan, [], s_names));
    }

    private static ContrastPhase? Estimate(double[] hu, int voxels, int noise = 8)
    {
        var random = new Random(1);
        var values = new float[1000];
        var classes = new byte[1000];
        for (int vessel = 0; vessel < 3; vessel++)
            for (int i = 0; i < voxels; i++)
            {
                int at = vessel * 300 + i;
                classes[at] = (byte)(2 + vessel);
                values[at] = (float)Math.Clamp((hu[vessel] + random.Next(-noise, noise + 1) + 160) / 200 - 1, -1, 1);
            }
        ContrastPhaseEstimate? estimate = ContrastPhaseEstimate.Of(values, s_plan, classes, s_names);
        if (estimate is not null && noise == 0) Assert.Equal(hu[0], estimate.AortaHu, 0.01);
        return estimate?.Phase;
    }
}
