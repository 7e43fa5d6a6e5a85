namespace PancreasSeg.Network.Foreign;

/// <summary>A tensor of a checkpoint that has not been read: a view of a storage, inside what the storage promises.</summary>
internal sealed record TensorReference
{
    private const int MaxRank = 8;

    /// <summary>Checks and creates a view.</summary>
    /// <exception cref="InvalidDataException">The view is impossible or reaches beyond its storage.</exception>
    public TensorReference(StorageReference storage, long offset, long[] size, long[] stride)
    {
        if (size.Length != stride.Length || size.Length > MaxRank)
            throw new InvalidDataException("a tensor has more or fewer strides than axes, or too many axes");
        if (offset < 0 || size.Concat(stride).Any(n => n is < 0 or > int.MaxValue))
            throw new InvalidDataException("a tensor has an impossible size");
        Int128 count = 1, last = offset;
        for (int a = 0; a < size.Length; a++)
        {
            count = count > Array.MaxLength ? count : count * size[a];
            last += (Int128)stride[a] * Math.Max(0, size[a] - 1);
        }
        if (count > storage.Count || (count > 0 && last >= storage.Count))
            throw new InvalidDataException("a tensor reaches beyond its storage");
        if (count > Array.MaxLength) throw new InvalidDataException("a tensor is too large");
        (Storage, Offset, Size, Stride, Count, End) = (storage, offset, size, stride, (int)count, count > 0 ? (long)last + 1 : offset);
    }

    /// <summary>Where its numbers lie.</summary>
    public StorageReference Storage { get; }

    /// <summary>Index of the first element in the storage.</summary>
    public long Offset { get; }

    /// <summary>One behind the last element that the tensor uses.</summary>
    public long End { get; }

    /// <summary>Elements along each axis, outermost first.</summary>
    public IReadOnlyList<long> Size { get; }

    /// <summary>Elements of the storage from one index to the next along each axis.</summary>
    public IReadOnlyList<long> Stride { get; }

    /// <summary>Number of elements.</summary>
    public int Count { get; }
}
