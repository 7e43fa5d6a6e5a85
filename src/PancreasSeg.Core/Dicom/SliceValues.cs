using System.Buffers;
using System.Runtime.InteropServices;
using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>The Hounsfield units of slices of one matrix, one after another: one pass over each file.</summary>
internal static class SliceValues
{
    /// <summary>Reads whole HU into an array of 16-bit integers, in parallel and in place.</summary>
    /// <returns>False as soon as some HU does not fit.</returns>
    public static bool TryReadInt16(
        IReadOnlyList<CtSlice> slices, short[] volume, IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        int done = 0, tooWide = 0;
        ParallelWork.For(slices.Count, k =>
        {
            if (Volatile.Read(ref tooWide) != 0) return;
            CtSlice slice = slices[k];
            int length = slice.Rows * slice.Columns;
            Span<short> hu = volume.AsSpan(k * length, length);
            HounsfieldConverter converter = ReadSamples(slice, hu);
            if (!converter.ToInt16(hu)) Volatile.Write(ref tooWide, 1);
            Report(progress, Interlocked.Increment(ref done), slices.Count);
        }, cancellation);
        return tooWide == 0;
    }

    /// <summary>Reads HU as floats, in parallel.</summary>
    public static float[] ReadSingle(IReadOnlyList<CtSlice> slices, IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        var volume = GC.AllocateUninitializedArray<float>(slices[0].Rows * slices[0].Columns * slices.Count);
        int done = 0;
        ParallelWork.For(slices.Count, k =>
        {
            int length = slices[k].Rows * slices[k].Columns;
            short[] samples = ArrayPool<short>.Shared.Rent(length);
            try
            {
                HounsfieldConverter converter = ReadSamples(slices[k], samples.AsSpan(0, length));
                converter.ToSingle(samples.AsSpan(0, length), volume.AsSpan(k * length, length));
            }
            finally
            {
                ArrayPool<short>.Shared.Return(samples);
            }
            Report(progress, Interlocked.Increment(ref done), slices.Count);
        }, cancellation);
        return volume;
    }

    private static HounsfieldConverter ReadSamples(CtSlice slice, Span<short> destination)
    {
        var converter = new HounsfieldConverter(slice.Format.BitsStored, slice.Format.IsSigned, slice.Rescale);
        if (slice.Format.BitsAllocated == 16)
        {
            SampleReader.Read(slice, MemoryMarshal.AsBytes(destination));
            return converter;
        }
        byte[] bytes = ArrayPool<byte>.Shared.Rent(destination.Length);
        try
        {
            SampleReader.Read(slice, bytes.AsSpan(0, destination.Length));
            converter.Widen(bytes.AsSpan(0, destination.Length), destination);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
        return converter;
    }

    private static void Report(IProgress<ProgressStep>? progress, int done, int count) =>
        progress?.Report(new ProgressStep(Invariant($"slice {done} of {count}"), (double)done / count));
}
