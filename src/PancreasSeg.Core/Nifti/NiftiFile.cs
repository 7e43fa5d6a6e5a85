using System.Numerics;
using System.Runtime.InteropServices;

namespace PancreasSeg.Nifti;

/// <summary>
/// Reads and writes single-file NIfTI-1 volumes, <c>.nii</c> and <c>.nii.gz</c>. Voxels keep their stored order; only the affine
/// changes frame, from the file's RAS to LPS and back. The sform is preferred to the qform.
/// </summary>
public static class NiftiFile
{
    private const int BlockBytes = 1 << 20;

    /// <summary>What a slope of 32 bits may do to a label.</summary>
    private const double ScalingError = 1e-4;

    /// <summary>
    /// Reads a CT. The values, after the file's scaling, are taken as HU; they are held as 16-bit integers where all are whole
    /// and fit, whatever their type on disk, else as 32-bit floats.
    /// </summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>, <see cref="Fault.FileReadFailed"/>;
    /// <see cref="Fault.NiftiHeaderInvalid"/>
    /// (also for NIfTI-2, .hdr/.img pairs and files of several volumes); <see cref="Fault.NiftiDataInvalid"/> when the file is damaged, too
    /// short or too long, or a value is not finite.</exception>
    public static CtVolume ReadCt(string path, CancellationToken cancellation = default)
    {
        using NiftiReader reader = NiftiReader.Open(path);
        CtVolume ct = MemoryFault.Reading(
            path, $"'{path}'", reader.Header.Grid.VoxelCount, sizeof(short), () => ReadHu(reader, path, cancellation));
        Func<int, string> name = k => FormattableString.Invariant($"slice {k}");
        return ct.With(ct.Source.WithNotes(ct.IsInteger ? SliceOddities.Find(ct.Integers.Span, ct.Grid.Slices, name)
            : SliceOddities.Find(ct.Floats.Span, ct.Grid.Slices, name)));
    }

    private static CtVolume ReadHu(NiftiReader reader, string path, CancellationToken cancellation)
    {
        VolumeGrid grid = reader.Header.Grid;
        if (reader.Header is { DataType: NiftiDataType.Int16, IsUnscaled: true })
        {
            short[] hu = GC.AllocateUninitializedArray<short>(grid.VoxelCount);
            reader.ReadStored<short>(hu, cancellation);
            return new CtVolume(grid, hu, reader.Source);
        }
        var buffer = new HuBuffer(grid.VoxelCount);
        reader.ReadValues((start, values) =>
        {
            int bad = buffer.Add(start, values);
            if (bad < 0) return;
            throw new CoreException(
                Fault.NiftiDataInvalid, $"'{path}' holds a value that is not a finite number, first at voxel {grid.VoxelOf(bad)}.", path,
                FormattableString.Invariant($"Replace such values, e.g. by {CtVolume.AirHu} (air), and read it again."));
        }, cancellation);
        return buffer.ToVolume(grid, reader.Source);
    }

    /// <summary>Reads a mask or label map; every value must be a whole number from 0 to 255, but for the rounding of a file's scaling:
    /// 255 times a slope of 1/255 is 1.00000006.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="CoreException">As for <see cref="ReadCt"/>; <see cref="Fault.NiftiDataInvalid"/> also when a value is not a
    /// label.</exception>
    public static LabelVolume ReadLabels(string path, CancellationToken cancellation = default)
    {
        using NiftiReader reader = NiftiReader.Open(path);
        return MemoryFault.Reading(
            path, $"'{path}'", reader.Header.Grid.VoxelCount, sizeof(byte), () => ReadLabelMap(reader, path, cancellation));
    }

    private static LabelVolume ReadLabelMap(NiftiReader reader, string path, CancellationToken cancellation)
    {
        VolumeGrid grid = reader.Header.Grid;
        byte[] labels = GC.AllocateUninitializedArray<byte>(grid.VoxelCount);
        if (reader.Header is { DataType: NiftiDataType.UInt8, IsUnscaled: true })
        {
            reader.ReadStored<byte>(labels, cancellation);
            return new LabelVolume(grid, labels, reader.Source);
        }
        reader.ReadValues((start, values) =>
        {
            for (int i = 0; i < values.Length; i++)
            {
                byte label = (byte)Math.Round(values[i]);
                if (!(Math.Abs(label - values[i]) <= ScalingError))
                    throw new CoreException(Fault.NiftiDataInvalid, FormattableString.Invariant(
                        $"'{path}' is not a label map: voxel {grid.VoxelOf(start + i)} holds {values[i]:R}, which is not a whole number from 0 to 255."), path,
                        "Give a mask or label map; a probability map must be thresholded first.");
                labels[start + i] = label;
            }
        }, cancellation);
        return new LabelVolume(grid, labels, reader.Source);
    }

    /// <summary>Reads only the header: where the voxels lie (LPS mm).</summary>
    /// <param name="path">Full path of the file.</param>
    /// <exception cref="CoreException">As for <see cref="ReadCt"/>.</exception>
    public static VolumeGrid ReadGrid(string path)
    {
        using NiftiReader reader = NiftiReader.Open(path);
        return reader.Header.Grid;
    }

    /// <summary>Writes a CT, as int16 when its HU are integers, else as float32; padding as its files hold it.</summary>
    /// <param name="path">Full path, ending in .nii or, for compression, .nii.gz.</param>
    /// <param name="volume">The CT.</param>
    /// <param name="overwrite">False refuses an existing file.</param>
    /// <param name="cancellation">Stops the writing; no file is left.</param>
    /// <exception cref="CoreException"><see cref="Fault.NoClobber"/>, <see cref="Fault.FileWriteFailed"/> (also for another file ending),
    /// <see cref="Fault.VolumeTooLarge"/> for more than 32767 voxels along an axis.</exception>
    public static void Write(string path, CtVolume volume, bool overwrite = true, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        if (volume.IsInteger) Write(path, volume.Grid, NiftiDataType.Int16, Stored(volume.Integers, volume), overwrite, cancellation);
        else Write(path, volume.Grid, NiftiDataType.Float32, Stored(volume.Floats, volume), overwrite, cancellation);
    }

    /// <summary>Writes a mask or label map as uint8.</summary>
    /// <inheritdoc cref="Write(string, CtVolume, bool, CancellationToken)"/>
    public static void Write(string path, LabelVolume volume, bool overwrite = true, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        Write(path, volume.Grid, NiftiDataType.UInt8, volume.Labels, overwrite, cancellation);
    }

    /// <summary>Writes probabilities as float32.</summary>
    /// <inheritdoc cref="Write(string, CtVolume, bool, CancellationToken)"/>
    public static void Write(string path, ProbabilityVolume volume, bool overwrite = true, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        Write(path, volume.Grid, NiftiDataType.Float32, volume.Values, overwrite, cancellation);
    }

    /// <summary>The file's name without .nii or .nii.gz.</summary>
    internal static string NameOf(string path)
    {
        string name = Path.GetFileName(path);
        foreach (string ending in (ReadOnlySpan<string>)[".nii.gz", ".nii", ".gz"])
            if (name.Length > ending.Length && name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) return name[..^ending.Length];
        return name;
    }

    /// <summary>The values with padding as its files hold it.</summary>
    private static ReadOnlyMemory<T> Stored<T>(ReadOnlyMemory<T> hu, CtVolume volume) where T : struct, INumber<T>
    {
        if (volume.Padding.Count == 0) return hu;
        T[] stored = hu.ToArray();
        foreach (StoredRun run in volume.Padding) stored.AsSpan(run.Start, run.Length).Fill(T.CreateTruncating(run.Hu));
        return stored;
    }

    private static unsafe void Write<T>(
        string path, VolumeGrid grid, NiftiDataType type, ReadOnlyMemory<T> voxels, bool overwrite, CancellationToken cancellation)
        where T : unmanaged
    {
        bool compress = path.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase);
        if (!compress && !path.EndsWith(".nii", StringComparison.OrdinalIgnoreCase))
            throw new CoreException(Fault.FileWriteFailed, $"'{path}' is not the name of a NIfTI file.", path,
                "End it in .nii, or in .nii.gz for compression.");
        byte[] header = NiftiHeader.Create(grid, type, 8 * sizeof(T), path);
        int blockVoxels = BlockBytes / sizeof(T);
        int blocks = 1 + (int)(((long)voxels.Length + blockVoxels - 1) / blockVoxels);
        // Block 0 is the header, the others are runs of voxels.
        ReadOnlySpan<byte> Block(int index)
        {
            if (index == 0) return header;
            int start = (index - 1) * blockVoxels;
            return MemoryMarshal.AsBytes(voxels.Span.Slice(start, Math.Min(blockVoxels, voxels.Length - start)));
        }
        AtomicFile.Write(path, overwrite, stream =>
        {
            if (compress)
            {
                ParallelGzip.Write(stream, blocks, Block, cancellation);
                return;
            }
            for (int i = 0; i < blocks; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                stream.Write(Block(i));
            }
        });
    }
}
