using PancreasSeg.Dicom;

namespace PancreasSeg.Tests;

/// <summary>What Get-CtSeries shows of an export with several patients.</summary>
public sealed class SeriesListingTests : IDisposable
{
    private readonly TestFolder _export = new();

    public SeriesListingTests()
    {
        Write("p1/thin", "1.2.826.0.1.99.11", 7, "3", "Abdomen PORTAL VENOUS 1.0 Mueller^Anna");
        Write("p1/thick", "1.2.826.0.1.99.12", 7, "4", "Abd nativ");
        Write("an-export-of-many-patients/p3", "1.2.826.0.1.99.14", 5, "9", "Abdomen");
        Write("p2", "1.2.826.0.1.99.13", 5, "2", "art and portal");
        File.Delete(Directory.GetFiles(_export["p2"], "*-2").Single());
    }

    public void Dispose() => _export.Dispose();

    [Theory]
    [InlineData(80, "Folder No. Phase Reason Slices Spacing (mm)")]
    [InlineData(200, "Folder No. Phase Reason Slices Spacing (mm) Part Detail SeriesInstanceUid")]
    public void A_row_tells_where_which_number_which_phase_and_whether(int width, string heading)
    {
        string[] lines = Lines($"Get-CtSeries -LiteralPath $export | Out-String -Width {width}");
        Assert.Equal(heading, Words(lines[0]));
        string[] rows = [.. lines.Skip(2)];
        Assert.All(rows, row => Assert.True(row.Length <= width));
        Assert.Contains(rows, row => Words(row).StartsWith($"{Path.Combine("p1", "thin")} 3 PortalVenous Usable 7", StringComparison.Ordinal));
        Assert.Contains(rows, row => Words(row).StartsWith($"{Path.Combine("p1", "thick")} 4 Native Usable 7", StringComparison.Ordinal));
        Assert.Contains(rows, row => Words(row).StartsWith("p2 2 SliceMissing 4", StringComparison.Ordinal));
        Assert.Contains(rows, row => Words(row).StartsWith($"…-many-patients{Path.DirectorySeparatorChar}p3 9 Usable 5", StringComparison.Ordinal));
        Assert.Equal(4, rows.Count(row => row.Contains(" 10.25 x 10.25 x 5", StringComparison.Ordinal)));
        Assert.Equal(width == 200, rows.Any(row => row.Contains("1.2.826.0.1.99.13", StringComparison.Ordinal)));
        Assert.DoesNotContain("Mueller", string.Concat(lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(200)]
    public void Descriptions_and_dates_are_told_where_they_are_asked_for(int width)
    {
        string[] lines = Lines($"Get-CtSeries -LiteralPath $export -IncludeDescription | Out-String -Width {width}");
        Assert.StartsWith("Folder No. Date Description Reason Slices", Words(lines[0]), StringComparison.Ordinal);
        Assert.Contains(lines, row => Words(row).StartsWith($"{Path.Combine("p1", "thick")} 4 2026-03-02 Abd nativ Usable 7", StringComparison.Ordinal));
        Assert.Equal(["4"], Lines("Get-CtSeries -LiteralPath $export | Where-Object { $null -eq $_.Description -and $null -eq $_.Date } | "
            + "Measure-Object | ForEach-Object Count"));
    }

    [Fact]
    public void Several_folders_are_each_named() => Assert.Equal(
        [Path.Combine("an-export-of-many-patients", "p3"), Path.Combine("p1", "thick"), Path.Combine("p1", "thin"), "p2", "p2"],
        Lines("Get-ChildItem -LiteralPath $export | Get-CtSeries | ForEach-Object Folder; "
            + "Get-CtSeries -LiteralPath (Join-Path $export p2) | ForEach-Object Folder"));

    private string[] Lines(string script)
    {
        ShellProcess.Result result = ShellProcess.Command($"$export = '{_export.FullName}'; {script}");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return [.. result.Output.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];
    }

    private static string Words(string line) => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private void Write(string folder, string uid, int slices, string number, string description)
    {
        Directory.CreateDirectory(_export[folder]);
        using var series = new TestSeries(slices, uid);
        series.Each((slice, _) => slice.Text(DicomTag.SeriesNumber, "IS", number).Text(DicomTag.SeriesDescription, "LO", description)
            .Text(DicomTag.SeriesDate, "DA", "20260302").Text(DicomTag.PixelSpacing, "DS", "10.25\\10.25")).Save();
        foreach (string file in Directory.GetFiles(series.Folder)) File.Copy(file, Path.Combine(_export[folder], Path.GetFileName(file)));
    }
}
