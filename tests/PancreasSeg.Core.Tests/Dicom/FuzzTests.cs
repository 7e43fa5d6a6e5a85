using System.Diagnostics;
using System.Globalization;
using PancreasSeg.Core.Tests.Dicom.Codecs;
using PancreasSeg.Dicom;
using PancreasSeg.Dicom.Codecs;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>
/// Damaged series of every transfer syntax, imported in a process of its own with a memory and a time limit, so that whatever kills
/// it is seen. PANCREASSEG_FUZZ_COUNT and PANCREASSEG_FUZZ_SEED make a long run of it.
/// </summary>
public class FuzzTests
{
    private static readonly (string Syntax, string File)[] s_encodings =
    [
        (TransferSyntax.ImplicitLittleEndianUid, "u12"), (TransferSyntax.ExplicitLittleEndianUid, "s16"),
            (TransferSyntax.ExplicitBigEndianUid, "u12"),
        ("1.2.840.10008.1.2.1.99", "u12"), ("1.2.840.10008.1.2.5", "s16.rle"), ("1.2.840.10008.1.2.4.50", "u8-baseline.jpg"),
            ("1.2.840.10008.1.2.4.51", "u12-extended.jpg"),
        ("1.2.840.10008.1.2.4.57", "u12-predictor6.ljpg"), ("1.2.840.10008.1.2.4.70", "s16-restart.ljpg"),
            ("1.2.840.10008.1.2.4.80", "u12-restart.jls"),
        ("1.2.840.10008.1.2.4.81", "u12-near3.jls"), ("1.2.840.10008.1.2.4.90", "u12-tiles.jp2"), ("1.2.840.10008.1.2.4.91", "u12.j2k"),
    ];

    [Fact]
    public async Task Security08_damaged_series_end_in_a_volume_or_an_ordinary_error_within_time_and_memory()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable("PANCREASSEG_FUZZ_COUNT") ?? "2000", CultureInfo.InvariantCulture);
        string seed = Environment.GetEnvironmentVariable("PANCREASSEG_FUZZ_SEED") ?? "1";
        var folders = new List<TestSeries>();
        try
        {
            foreach ((string syntax, string file) in s_encodings)
            {
                FrameFormat format = CodecSlices.Format(file);
                folders.Add(CompressedSeriesTests.Series(format, (slice, _) => CompressedSeriesTests.Encode(slice, syntax, file, format))
                    .Save(syntax));
            }
            folders.Add(EnhancedTests.Multi("1.2.840.10008.5.1.4.1.1.2.1", shared: false).Save());
            string program =
                Path.Combine(AppContext.BaseDirectory.Replace("PancreasSeg.Core.Tests", "PancreasSeg.Fuzz", StringComparison.Ordinal),
                    "PancreasSeg.Fuzz.dll");
            var start = new ProcessStartInfo(
                "dotnet", [program, seed, count.ToString(CultureInfo.InvariantCulture),
                    .. folders.Select(f => f.Folder)])
            { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["DOTNET_GCHeapHardLimit"] = "0x20000000";
            start.Environment["TMPDIR"] = Path.GetTempPath();
            using Process child = Process.Start(start)!;
            Task<string> errors = child.StandardError.ReadToEndAsync();
            string said = await child.StandardOutput.ReadToEndAsync();
            await child.WaitForExitAsync();
            string problem = await errors;
            Assert.True(child.ExitCode == 0, $"exit code {child.ExitCode}: {said} {problem}");
            Assert.StartsWith($"{count} mutants: ", said, StringComparison.Ordinal);
        }
        finally
        {
            foreach (TestSeries folder in folders) folder.Dispose();
        }
    }
}
