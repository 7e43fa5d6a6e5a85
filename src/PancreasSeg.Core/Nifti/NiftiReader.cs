using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace PancreasSeg.Nifti;

/// <summary>One open NIfTI-1 file, plain or gzip (told by its content, not its name): the header, then the voxels in one pass.</summary>
internal sealed class NiftiReader : IDisposable
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>No deflate stream expands further than this (https://zlib.net/zlib_tech.html).</summary>
    private const long MaxDeflateRatio = 1032;

    private readonly string _path;
    private readonly Stream _stream;

    private NiftiReader(string path, Stream stream, NiftiHeader header) => (_path, _stream, Header) = (path, stream, header);

    /// <summary>Takes a run of values and the index of its first voxel.</summary>
    public delegate void ValueSink(int start, ReadOnlySpan<double> values);

    /// <summary>What the file holds.</summary>
    public NiftiHeader Header { get; }

    /// <summary>Name, path and notes for the volume.</summary>
    public VolumeSource Source => new(NiftiFile.NameOf(_path), _path) { Notes = Header.Notes };

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>, <see cref="Fault.FileReadFailed"/>,
    /// <see cref="Fault.NiftiHeaderInvalid"/>, or <see cref="Fault.NiftiDataInvalid"/> for a file of the wrong length.</exception>
    public static NiftiReader Open(string path)
    {
        Stream? stream = null;
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, ChunkBytes, FileOptions.SequentialScan);
            stream = file;
            bool compressed = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
            file.Position = 0;
            if (compressed) stream = new GzipReader(file);
            var bytes = new byte[NiftiHeader.Length];
            stream.ReadExactly(bytes);
            NiftiHeader header = NiftiHeader.Parse(bytes, path);
            long length = header.DataOffset + (long)header.Grid.VoxelCount * header.BytesPerVoxel;
            if (compressed ? file.Length < length / MaxDeflateRatio : file.Length < length) throw Truncated(path);
            if (!compressed && file.Length > length) throw TooLong(path);
            return new NiftiReader(path, stream, header);
        }
        catch (Exception e)
        {
            stream?.Dispose();
            throw e switch
            {
                FileNotFoundException or DirectoryNotFoundException =>
                    new CoreException(Fault.FileNotFound, $"'{path}' does not exist.", path, inner: e),
                EndOfStreamException or InvalidDataException =>
                    new CoreException(
                        Fault.NiftiHeaderInvalid, $"'{path}' is too short or too damaged to hold a NIfTI-1 header.", path, inner: e),
                IOException or UnauthorizedAccessException => FileFault.Unreadable(path, e),
                _ => e,
            };
        }
    }

    /// <summary>Reads the stored numbers as they are.</summary>
    /// <param name="voxels">One element per voxel, of the stored type.</param>
    /// <param name="cancellation">Looked at once per chunk.</param>
    public void ReadStored<T>(Span<T> voxels, CancellationToken cancellation) where T : unmanaged
    {
        SkipToVoxels();
        int chunk = ChunkBytes / Header.BytesPerVoxel;
        for (int start = 0; start < voxels.Length; start += chunk)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadChunk(MemoryMarshal.AsBytes(voxels.Slice(start, Math.Min(chunk, voxels.Length - start))));
        }
        ExpectEnd();
    }

    /// <summary>Reads every voxel as stored * slope + intercept.</summary>
    /// <param name="sink">Takes the values chunk by chunk, in order.</param>
    /// <param name="cancellation">Looked at once per chunk.</param>
    public void ReadValues(ValueSink sink, CancellationToken cancellation)
    {
        SkipToVoxels();
        int chunk = ChunkBytes / Header.BytesPerVoxel, count = Header.Grid.VoxelCount;
        var bytes = new byte[ChunkBytes];
        var values = new double[chunk];
        for (int start = 0; start < count; start += chunk)
        {
            cancellation.ThrowIfCancellationRequested();
            int n = Math.Min(chunk, count - start);
            Span<byte> stored = bytes.AsSpan(0, n * Header.BytesPerVoxel);
            ReadChunk(stored);
            Widen(stored, values);
            if (!Header.IsUnscaled)
                for (int i = 0; i < n; i++) values[i] = values[i] * Header.Slope + Header.Intercept;
            sink(start, values.AsSpan(0, n));
        }
        ExpectEnd();
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private void SkipToVoxels()
    {
        var skipped = new byte[Math.Min(ChunkBytes, Header.DataOffset - NiftiHeader.Length)];
        for (long left = Header.DataOffset - NiftiHeader.Length; left > 0; left -= skipped.Length)
            if (Read(skipped.AsSpan(0, (int)Math.Min(left, skipped.Length))) < Math.Min(left, skipped.Length)) throw Truncated(_path);
    }

    private void ReadChunk(Span<byte> bytes)
    {
        if (Read(bytes) < bytes.Length) throw Truncated(_path);
        if (Header.BigEndian != BitConverter.IsLittleEndian) return;
        switch (Header.BytesPerVoxel)
        {
            case 2: Reverse<short>(bytes, BinaryPrimitives.ReverseEndianness); break;
            case 4: Reverse<int>(bytes, BinaryPrimitives.ReverseEndianness); break;
            case 8: Reverse<long>(bytes, BinaryPrimitives.ReverseEndianness); break;
        }
    }

    private static void Reverse<T>(Span<byte> bytes, Action<ReadOnlySpan<T>, Span<T>> reverse) where T : unmanaged =>
        reverse(MemoryMarshal.Cast<byte, T>(bytes), MemoryMarshal.Cast<byte, T>(bytes));

    /// <summary>The end of a gzip file also brings its checksum.</summary>
    private void ExpectEnd()
    {
        if (Read(stackalloc byte[1]) > 0) throw TooLong(_path);
    }

    private int Read(Span<byte> bytes)
    {
        try
        {
            return _stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException e)
        {
            throw new CoreException(
                Fault.NiftiDataInvalid, $"The compressed data of '{_path}' are damaged, cut or followed by something else.", _path,
                "Copy or export the file again.", e);
        }
        catch (IOException e)
        {
            throw FileFault.Unreadable(_path, e);
        }
    }

    private void Widen(ReadOnlySpan<byte> stored, Span<double> values)
    {
        switch (Header.DataType)
        {
            case NiftiDataType.UInt8: Widen<byte>(stored, values); break;
            case NiftiDataType.Int8: Widen<sbyte>(stored, values); break;
            case NiftiDataType.Int16: Widen<short>(stored, values); break;
            case NiftiDataType.UInt16: Widen<ushort>(stored, values); break;
            case NiftiDataType.Int32: Widen<int>(stored, values); break;
            case NiftiDataType.UInt32: Widen<uint>(stored, values); break;
            case NiftiDataType.Int64: Widen<long>(stored, values); break;
            case NiftiDataType.UInt64: Widen<ulong>(stored, values); break;
            case NiftiDataType.Float32: Widen<float>(stored, values); break;
            case NiftiDataType.Float64: Widen<double>(stored, values); break;
        }
    }

    private static void Widen<T>(ReadOnlySpan<byte> stored, Span<double> values) where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> numbers = MemoryMarshal.Cast<byte, T>(stored);
        for (int i = 0; i < numbers.Length; i++) values[i] = double.CreateTruncating(numbers[i]);
    }

    private static CoreException Truncated(string path) =>
        new(Fault.NiftiDataInvalid, $"'{path}' ends before its last voxel.", path, "Copy or export the file again.");

    private static CoreException TooLong(string path) =>
        new(Fault.NiftiDataInvalid, $"'{path}' holds more data than its header describes.", path,
            "Export the file again as one NIfTI-1 volume.");
}
