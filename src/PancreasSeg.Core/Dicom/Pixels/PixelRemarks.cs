using System.Numerics;
using PancreasSeg.Dicom.Codecs;
using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>What reading the pixels of a series has shown. Each slice is written by the thread that reads it.</summary>
internal sealed class PixelRemarks(IReadOnlyList<CtSlice> slices)
{
    private readonly FrameTraits[] _traits = new FrameTraits[slices.Count];
    private readonly List<StoredRun>?[] _stored = new List<StoredRun>?[slices.Count];
    private readonly SliceSamples _samples = new(slices.Count, slices[0].Rows * slices[0].Columns);

    /// <summary>Padding in whose place there is air, in the order of voxels.</summary>
    public IReadOnlyList<StoredRun> Stored => [.. _stored.SelectMany(s => s ?? [])];

    /// <summary>Tells what was decoded.</summary>
    public void Add(int slice, FrameTraits traits) => _traits[slice] = traits;

    /// <summary>Takes padding out of the values of a slice, and samples of what is left.</summary>
    public void Take<T>(int slice, Span<T> hu) where T : struct, INumber<T>
    {
        if (slices[slice].Padding is { } range)
        {
            _stored[slice] = [];
            PixelPadding.Replace(hu, slices[slice].Columns, range, slice * hu.Length, _stored[slice]!);
        }
        _samples.Take<T>(slice, hu);
    }

    /// <summary>What a user should know about it.</summary>
    /// <param name="hu">All values that were taken, slice after slice.</param>
    public IEnumerable<string> Notes<T>(ReadOnlySpan<T> hu) where T : struct, INumber<T> =>
        OfPixels().Concat(SliceOddities.Find(hu, _samples, k => $"'{slices[k].Name}'"));

    private IEnumerable<string> OfPixels()
    {
        if (Enumerable.Range(0, slices.Count).Any(k => _traits[k].HasFlag(FrameTraits.Lossy) && !slices[k].IsLossy))
            yield return SeriesNotes.Lossy;
        int beyond = _traits.Count(t => t.HasFlag(FrameTraits.BeyondStoredBits));
        if (beyond > 0)
            yield return Invariant($"The pixels of {beyond} slices hold more than the bits that the header says are stored; ")
                + "what is above those was left out, so that values may be wrong.";
        long padded = Enumerable.Range(0, slices.Count).Where(k => slices[k].Padding is { } range && PixelPadding.LooksLikeTissue(range))
            .Sum(k => _stored[k]?.Sum(run => (long)run.Length) ?? 0);
        if (padded > 0)
            yield return Invariant($"{padded} pixels are padding by their header (0028,0120) and count as air.");
    }
}
