using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>A case as the network sees it.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Input">Values in [-1, 1] and their grid.</param>
/// <param name="Classes">The network's class of each voxel of the grid's output.</param>
internal sealed record PreparedCase(string Name, NetworkInput Input, ReadOnlyMemory<byte> Classes)
{
    /// <summary>Stands in <see cref="Classes"/> for a voxel whose class does not matter.</summary>
    public const byte IgnoredClass = 255;

    /// <summary>Bytes of a voxel: its value and its class.</summary>
    public const int VoxelBytes = sizeof(float) + sizeof(byte);

    /// <summary>The window's ends are 1 but for rounding.</summary>
    private const float Clipped = 1 - 1e-6f;

    /// <summary>Shared with all copies, of which some show other values.</summary>
    private readonly StrongBox<KnownHashes?> _hashes = new();

    /// <summary>Whom the case shows; cases of one patient are never divided between training and validation.</summary>
    public string Patient { get; init; } = Name;

    /// <summary>The pancreas on the scanner's grid; null for a case that only trains.</summary>
    public ReferenceMask? Reference { get; init; }

    /// <summary>What a reader should know about how the labels came to lie where they do.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The file in which values and classes lie; null where they are in memory.</summary>
    public MappedFile? File { get; init; }

    public int Depth => Input.Grid.Slices;

    public int Height => Input.Grid.Rows;

    public int Width => Input.Grid.Columns;

    /// <summary>Gives back the memory that looking at a case on disk took; called whenever a use of it is over.</summary>
    public void Release() => File?.Release();

    /// <summary>The case with every voxel that the window clips marked as one whose class does not matter.</summary>
    public PreparedCase WithoutClipped()
    {
        ReadOnlySpan<float> values = Input.Values.Span;
        byte[] classes = Classes.ToArray();
        for (int i = 0; i < classes.Length; i++)
            if (Math.Abs(values[i]) >= Clipped) classes[i] = IgnoredClass;
        return this with { Classes = classes };
    }

    /// <summary>SHA-256 of the values and their dimensions: two cases that share it show the same CT.</summary>
    public string ImageSha256() => Hashes().Image;

    /// <summary>SHA-256 of values, dimensions and classes: cases that share it train alike.</summary>
    public string Sha256() => Hashes().Whole;

    private (string Image, string Whole) Hashes()
    {
        if (_hashes.Value is { } known && known.Values.Equals(Input.Values) && known.Classes.Equals(Classes))
            return (known.Image, known.Whole);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<int>([Width, Height, Depth]));
        hash.AppendData(MemoryMarshal.AsBytes(Input.Values.Span));
        string image = Convert.ToHexStringLower(hash.GetCurrentHash());
        hash.AppendData(Classes.Span);
        string whole = Convert.ToHexStringLower(hash.GetHashAndReset());
        Release();
        _hashes.Value = new KnownHashes(Input.Values, Classes, image, whole);
        return (image, whole);
    }

    /// <summary>Hashes, and what they are of.</summary>
    private sealed record KnownHashes(ReadOnlyMemory<float> Values, ReadOnlyMemory<byte> Classes, string Image, string Whole);
}
