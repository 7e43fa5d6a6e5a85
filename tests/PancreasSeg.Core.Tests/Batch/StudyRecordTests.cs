using System.Text.Json;
using PancreasSeg.Batch;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Batch;

public class StudyRecordTests
{
    [Fact]
    public void Bounds_that_applied_stand_in_the_record_and_others_do_not()
    {
        JsonElement bounded = Record(new SegmentationResult
        {
            Status = SegmentationStatus.Ok,
            Source = new("a"),
            Model = "m",
            ModelSha256 = "0",
            HuBounds = [20, 130],
            VesselHu = 127.5,
        });
        Assert.Equal([20, 130], bounded.GetProperty("huBounds").EnumerateArray().Select(n => n.GetDouble()));
        Assert.Equal(127.5, bounded.GetProperty("vesselHu").GetDouble());
        JsonElement plain = Record(new SegmentationResult
        {
            Status = SegmentationStatus.Ok,
            Source = new("a"),
            Model = "m",
            ModelSha256 = "0",
        });
        Assert.All(["huBounds", "vesselHu"], (string name) => Assert.True(!plain.TryGetProperty(name, out JsonElement value)
            || value.ValueKind == JsonValueKind.Null));
    }

    private static JsonElement Record(SegmentationResult result) => JsonSerializer.SerializeToElement(
        StudyRecord.Of(result, new BatchItem(), "c0ffee", VolumeGrid.Axial(4, 4, 4, new(1, 1, 1)), fullUid: false),
        BatchJson.Default.StudyRecord);
}
