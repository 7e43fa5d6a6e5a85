using PancreasSeg.Core.Tests.Dicom.Codecs;
using PancreasSeg.Dicom;
using PancreasSeg.Dicom.Codecs;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>Damaged series of every transfer syntax.</summary>
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
            await FuzzProcess.Run(2000, folders.Select(f => f.Folder));
        }
        finally
        {
            foreach (TestSeries folder in folders) folder.Dispose();
        }
    }
}
