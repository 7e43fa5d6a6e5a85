using PancreasSeg.Dicom;

namespace PancreasSeg.Core.Tests.Dicom;

public class StatedPhaseTests
{
    [Theory]
    [InlineData("ABD/PEL PORTAL VENOUS 1.25", ContrastPhase.PortalVenous)]
    [InlineData("Abdomen portalvenös 3.0", ContrastPhase.PortalVenous)]
    [InlineData("Abd nativ B30f", ContrastPhase.Native)]
    [InlineData("AXIAL W/O CONTRAST", ContrastPhase.Native)]
    [InlineData("non-contrast 5mm", ContrastPhase.Native)]
    [InlineData("Abdo temps artériel", ContrastPhase.Arterial)]
    [InlineData("Late art. 1mm", ContrastPhase.Arterial)]
    [InlineData("Pancreas LATE ARTERIAL", ContrastPhase.Arterial)]
    [InlineData("5 min delayed", ContrastPhase.Delayed)]
    [InlineData("arterial and portal", null)]
    [InlineData("Chest with contrast", null)]
    [InlineData("Smart MAR partial plainsboro", null)]
    [InlineData("", null)]
    public void A_description_tells_its_phase_where_it_names_one(string description, ContrastPhase? phase) =>
        Assert.Equal(phase, StatedPhase.Of(description));
}
