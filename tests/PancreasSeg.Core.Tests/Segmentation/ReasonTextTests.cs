using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Segmentation;

public class ReasonTextTests
{
    [Fact]
    public void Every_reason_and_fault_has_a_sentence()
    {
        foreach (string id in Enum.GetNames<SegmentationReason>().Concat(Enum.GetNames<Fault>()))
            Assert.Matches(@"^[A-Z].{10,}\.$", ReasonText.Of(id));
        Assert.All(Enum.GetNames<SegmentationReason>(), id => Assert.Matches(@"[.;:] [A-Z].*\.$", ReasonText.Of(id)));
    }

    [Fact]
    public void Sentences_of_several_ids_follow_each_other_and_an_unknown_id_stays()
    {
        Assert.Equal($"{ReasonText.Of("MaskEmpty")} {ReasonText.Of("SlicesThick")}", ReasonText.OfAll(["MaskEmpty", "SlicesThick"]));
        Assert.Equal("OfTomorrow", ReasonText.Of("OfTomorrow"));
        Assert.Equal("", ReasonText.OfAll([]));
    }

    [Fact]
    public void A_missing_slice_is_that_of_an_error() =>
        Assert.StartsWith("A slice is missing inside the series.", ReasonText.Of(nameof(Fault.SliceMissing)), StringComparison.Ordinal);
}
