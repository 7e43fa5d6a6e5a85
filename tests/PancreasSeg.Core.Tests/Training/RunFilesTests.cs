using System.Buffers.Binary;
using System.Text;
using System.Xml.Linq;
using PancreasSeg.Evaluation;
using PancreasSeg.Postprocess;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public sealed class RunFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Event_files_hold_framed_records_that_tensorboard_can_check()
    {
        using (var events = new EventFile(_folder.FullName, 1))
        {
            events.Add(1, [("Loss", 0.5)]);
            events.Add(2, [("Loss", 0.25)]);
        }
        byte[] file = File.ReadAllBytes(Directory.GetFiles(_folder.FullName, EventFile.Pattern).Single());
        List<byte[]> records = [];
        for (int at = 0; at < file.Length;)
        {
            int length = (int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(at));
            Assert.Equal(SlowMaskedCrc(file.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)));
            Assert.Equal(
                SlowMaskedCrc(file.AsSpan(at + 12, length)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)));
            records.Add(file[(at + 12)..(at + 12 + length)]);
            at += 16 + length;
        }
        Assert.Equal(4, records.Count);
        Assert.Contains("brain.Event:2", Encoding.Latin1.GetString(records[0]), StringComparison.Ordinal);
        Assert.Contains("Loss", Encoding.Latin1.GetString(records[2]), StringComparison.Ordinal);
        // Summary.Value.simple_value, field 2, 32 bits.
        Assert.True(records[3].AsSpan().IndexOf((ReadOnlySpan<byte>)[0x15, 0x00, 0x00, 0x80, 0x3E]) > 0);
    }

    [Fact]
    public void Checksums_are_those_of_the_published_example() => Assert.Equal(0xE3069283u, Unmask(SlowMaskedCrc("123456789"u8)));

    [Fact]
    public void A_prepared_case_comes_back_from_the_cache_whole_and_not_when_anything_changed()
    {
        File.WriteAllBytes(_folder.File("ct"), [1, 2, 3]);
        var options = new TrainingOptions { Plan = new PreprocessPlan { Size = [16, 16, 4] } };
        var source = new TrainingCaseSource("case", _ => throw new NotSupportedException()) { Files = [_folder.File("ct")] };
        VolumeGrid grid = VolumeGrid.Axial(16, 16, 4, new(1, 2, 3), new(4, 5, 6));
        byte[] classes = [.. Enumerable.Range(0, grid.VoxelCount).Select(i => (byte)(i % 3 == 0 ? 1 : 0))];
        var made =
            new PreparedCase("case", new NetworkInput(grid, Enumerable.Range(0, grid.VoxelCount).Select(i => i / 1000f).ToArray()), classes)
            {
                Reference = ReferenceMask.Of(new LabelVolume(grid, classes, new VolumeSource("m")), 1),
                Notes = ["rows flipped"],
            };
        int calls = 0;
        PreparedCase Make()
        {
            calls++;
            return made;
        }
        string folder = _folder.File("cache");
        PreparedCase Get(TrainingOptions with)
        {
            using var cache = new PreparedCache(folder);
            return cache.GetOrAdd(source, with, Make, null, default);
        }

        Get(options);
        PreparedCase kept = Get(options);
        Assert.Equal(1, calls);
        Assert.Equal((made.Sha256(), made.Input.Grid, "rows flipped"), (kept.Sha256(), kept.Input.Grid, kept.Notes.Single()));
        Assert.Equal(classes, kept.Reference!.ToVolume("m").Labels.ToArray());

        Get(options with { Plan = options.Plan with { WindowLow = -200 } });
        Assert.Equal(2, calls);
        File.WriteAllBytes(_folder.File("ct"), [1, 2, 4]);
        Get(options);
        Assert.Equal(3, calls);
        foreach (string file in Directory.GetFiles(folder))
        {
            byte[] bytes = File.ReadAllBytes(file);
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(file, bytes);
        }
        Assert.Equal(made.Sha256(), Get(options).Sha256());
        Assert.Equal(4, calls);
    }

    [Theory]
    [InlineData(Interpolation.Linear)]
    [InlineData(Interpolation.Nearest)]
    public void The_curve_counts_what_masks_at_each_threshold_would(Interpolation interpolation)
    {
        var random = new Random(3);
        VolumeGrid coarse = VolumeGrid.Axial(8, 9, 5, new(4, 4, 6)),
            fine = VolumeGrid.Axial(20, 22, 9, new(1.7, 1.7, 3.1), new(-1, 0.5, 0));
        if (interpolation == Interpolation.Nearest) fine = coarse.WithSize(16, 18, 10);
        var answer = new ProbabilityVolume(coarse, (float[])[.. Enumerable.Range(0, coarse.VoxelCount).Select(_ => random.NextSingle())]);
        var truth = new LabelVolume(
            fine, (byte[])[.. Enumerable.Range(0, fine.VoxelCount).Select(_ => (byte)random.Next(2))], new VolumeSource("truth"));
        double[] thresholds = OverlapCurve.Thresholds(0.37);
        OverlapCurve curve = OverlapCurve.Measure(answer, ReferenceMask.Of(truth, 1), thresholds, interpolation, default);
        Assert.Equal(20, thresholds.Length);
        foreach (double threshold in thresholds)
        {
            LabelVolume mask = interpolation == Interpolation.Nearest
                ? SourceGrid.NearestMask(answer, fine, threshold, truth.Source)
                : SourceGrid.Mask(answer, fine, threshold, truth.Source);
            ProbabilityVolume fineAnswer = SourceGrid.Probability(answer, fine, interpolation);
            Assert.Equal(mask.Labels.ToArray(), fineAnswer.Values.ToArray().Select(p => (byte)(p > (float)threshold ? 1 : 0)));
            SegmentationScore slow = SegmentationMeasure.Compare(mask, truth, 1, 1);
            VoxelCounts fast = curve.At(threshold);
            Assert.Equal((slow.Recall, slow.Precision), (fast.Recall, fast.Precision));
        }
    }

    [Fact]
    public void Patients_are_never_divided_and_folds_cover_them_once()
    {
        string[] patients = [.. Enumerable.Range(0, 30).Select(i => $"p{i % 13}")];
        int[] validated = new int[30];
        for (int fold = 1; fold <= 5; fold++)
        {
            bool[] validates = PatientSplit.Validates(patients, new ValidationOptions { Folds = 5, Fold = fold }, 4);
            for (int i = 0; i < 30; i++) validated[i] += validates[i] ? 1 : 0;
            Assert.All(Enumerable.Range(0, 30).GroupBy(i => patients[i]), g => Assert.Single(g.Select(i => validates[i]).Distinct()));
        }
        Assert.All(validated, n => Assert.Equal(1, n));
        Assert.Equal(3, patients.Zip(PatientSplit.Validates(patients, new ValidationOptions { Fraction = 0.2 }, 1)).Where(p => p.Second)
            .Select(p => p.First).Distinct().Count());
        Assert.Throws<CoreException>(() => PatientSplit.Validates(["a", "b"], new ValidationOptions { Folds = 3 }, 1));
    }

    [Theory]
    [InlineData(1, 0.2, 0)]
    [InlineData(2, 0.2, 1)]
    [InlineData(2, 0.0, 0)]
    [InlineData(2, 0.9, 1)]
    [InlineData(3, 0.1, 1)]
    [InlineData(13, 0.2, 3)]
    public void Of_two_patients_or_more_one_at_least_validates_and_one_trains(int patients, double fraction, int held) =>
        Assert.Equal(
            held, PatientSplit.Validates(
                [.. Enumerable.Range(0, patients).Select(i => $"p{i}")], new ValidationOptions { Fraction = fraction }, 1).Count(v => v));

    [Fact]
    public void Curves_show_the_loss_and_each_overlap_that_is_known()
    {
        string svg = Encoding.UTF8.GetString(LearningCurves.Draw(Epochs()));
        string[] texts = [.. XElement.Parse(svg).Elements().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];
        Assert.Equal(
            ["Dice, training", "Dice, validation", "training"], texts.Where(t => t.Contains("training", StringComparison.Ordinal)
                || t.Contains("validation", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Contains("overlap", texts);
        Assert.Equal([5, 5, 2], XElement.Parse(svg).Elements().Where(e => e.Name.LocalName == "polyline")
            .Select(e => e.Attribute("points")!.Value.Split(' ').Length));
        Assert.Contains("polyline", Encoding.UTF8.GetString(LearningCurves.Draw(Epochs()[..1])), StringComparison.Ordinal);
    }

    private static TrainingEpoch[] Epochs() =>
        [.. Enumerable.Range(1, 5).Select(i => new TrainingEpoch { Epoch = i, Loss = 1.0 / i, Dice = 0.1 * i, Recall = 0.5, Precision = 0.5,
            LearningRate = 1e-3, Seconds = 1, ValidationDice = i % 2 == 0 ? 0.1 * i : null })];

    /// <summary>CRC-32C (Castagnoli) bit by bit, masked as TFRecord has it.</summary>
    private static uint SlowMaskedCrc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82F63B78 : crc >> 1;
        }
        crc = ~crc;
        return (crc >> 15 | crc << 17) + 0xA282EAD8;
    }

    private static uint Unmask(uint masked)
    {
        uint rotated = masked - 0xA282EAD8;
        return rotated << 15 | rotated >> 17;
    }
}
