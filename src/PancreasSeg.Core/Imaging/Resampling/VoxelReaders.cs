using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PancreasSeg;

/// <summary>Voxels of any stored type, read as floats. Implementations are structs, so that the loops over them are compiled for
/// each.</summary>
internal interface IVoxelReader
{
    /// <summary>Number of voxels.</summary>
    int Length { get; }

    /// <summary>One voxel by its array offset.</summary>
    float At(int index);

    /// <summary>Eight voxels by the array offset of the first, which is not checked.</summary>
    Vector256<float> EightAt(int index);
}

/// <summary>Floats as they are.</summary>
internal readonly struct FloatVoxels(float[] voxels) : IVoxelReader
{
    public int Length => voxels.Length;

    public float At(int index) => voxels[index];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> EightAt(int index) => Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(voxels), (nuint)index);
}

/// <summary>16-bit integers.</summary>
internal readonly struct ShortVoxels(short[] voxels) : IVoxelReader
{
    public int Length => voxels.Length;

    public float At(int index) => voxels[index];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> EightAt(int index)
    {
        Vector128<short> eight = Vector128.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(voxels), (nuint)index);
        return Vector256.ConvertToSingle(Avx2.IsSupported ? Avx2.ConvertToVector256Int32(eight)
            : Vector256.Create(Vector128.WidenLower(eight), Vector128.WidenUpper(eight)));
    }
}

/// <summary>1 where a label volume holds one label, else 0.</summary>
internal readonly struct IndicatorVoxels(byte[] labels, byte label) : IVoxelReader
{
    public int Length => labels.Length;

    public float At(int index) => labels[index] == label ? 1 : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> EightAt(int index)
    {
        Vector64<byte> eight = Vector64.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(labels), (nuint)index);
        Vector128<ushort> wide = Vector128.Equals(Vector128.WidenLower(eight.ToVector128()), Vector128.Create((ushort)label))
            & Vector128<ushort>.One;
        return Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(wide), Vector128.WidenUpper(wide)).AsInt32());
    }
}
