using System.Buffers;
using System.Runtime.InteropServices;
using PancreasSeg.Dicom.Codecs;
using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>The Hounsfield units of slices of one matrix, one after another: one pass over each file.</summary>
internal static class SliceValues
{
    /// <summary>Reads whole HU into an array of 16-bit integers, in parallel and in place.</summary>
    /// <returns>False as soon as some HU does not fit.</returns>
    public static bool TryReadInt16(
        IReadOnlyList<CtSlice> slices, short[] volume, PixelRemarks remarks, IProgress<ProgressStep>? progress,
        CancellationToken cancellation)
    {
        int tooWide = 0;
        ForEach(slices, (k, reader) =>
        {
            if (Volatile.Read(ref tooWide) != 0) return;
            CtSlice slice = slices[k];
            int length = slice.Rows * slice.Columns;
            Span<short> hu = volume.AsSpan(k * length, length);
            HounsfieldConverter converter = ReadSamples(reader, slice, hu, k, remarks);
            if (converter.ToInt16(hu)) remarks.Take(k, hu);
            else Volatile.Write(ref tooWide, 1);
        }, progress, cancellation);
        return tooWide == 0;
    }

    /// <summary>Reads HU as floats, in parallel.</summary>
    public static float[] ReadSingle(
        IReadOnlyList<CtSlice> slices, PixelRemarks remarks, IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        var volume = GC.AllocateUninitializedArray<float>(slices[0].Rows * slices[0].Columns * slices.Count);
        ForEach(slices, (k, reader) =>
        {
            int length = slices[k].Rows * slices[k].Columns;
            short[] samples = ArrayPool<short>.Shared.Rent(length);
            try
            {
                HounsfieldConverter converter = ReadSamples(reader, slices[k], samples.AsSpan(0, length), k, remarks);
                converter.ToSingle(samples.AsSpan(0, length), volume.AsSpan(k * length, length));
                remarks.Take(k, volume.AsSpan(k * length, length));
            }
            finally
            {
                ArrayPool<short>.Shared.Return(samples);
            }
        }, progress, cancellation);
        return volume;
    }

    /// <summary>Runs the body for every slice: in parallel, but once through each file that can only be read from its beginning.</summary>
    private static void ForEach(
        IReadOnlyList<CtSlice> slices, Action<int, SampleReader> body, IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        int[][] runs = [.. Enumerable.Range(0, slices.Count)
            .GroupBy(k => (slices[k].File, Frame: slices[k].File.IsSequential ? 0 : slices[k].Frame))
            .Select(run => run.OrderBy(k => slices[k].Frame).ToArray())];
        int done = 0;
        ParallelWork.For(runs.Length, i =>
        {
            using var reader = new SampleReader(slices[runs[i][0]].File, cancellation);
            foreach (int k in runs[i])
            {
                cancellation.ThrowIfCancellationRequested();
                body(k, reader);
                int count = Interlocked.Increment(ref done);
                progress?.Report(new ProgressStep(Invariant($"slice {count} of {slices.Count}"), (double)count / slices.Count));
            }
            reader.Finish();
        }, cancellation);
    }

    private static HounsfieldConverter ReadSamples(
        SampleReader reader, CtSlice slice, Span<short> destination, int index, PixelRemarks remarks)
    {
        bool saturates = slice.Format.IsLossy && slice.File.Syntax.IsNative;
        var converter = new HounsfieldConverter(slice.Format.BitsStored, slice.Format.IsSigned, slice.Rescale, saturates);
        if (slice.Format.BitsAllocated == 16)
        {
            FrameTraits traits = reader.Read(slice, MemoryMarshal.AsBytes(destination));
            // What a codec leaves above the stored bits says nothing.
            if (converter.KeepStoredBits(destination) && slice.File.Syntax.IsNative) traits |= FrameTraits.BeyondStoredBits;
            remarks.Add(index, traits);
            return converter;
        }
        byte[] bytes = ArrayPool<byte>.Shared.Rent(destination.Length);
        try
        {
            remarks.Add(index, reader.Read(slice, bytes.AsSpan(0, destination.Length)));
            converter.Widen(bytes.AsSpan(0, destination.Length), destination);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
        return converter;
    }
}
