using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace PancreasSeg.Network;

/// <summary>All weights of one network in the order of its layout.</summary>
internal sealed class ModelWeights
{
    private readonly Dictionary<string, WeightTensor> _byName;

    public ModelWeights(IReadOnlyList<WeightTensor> tensors)
    {
        Tensors = tensors;
        _byName = tensors.ToDictionary(t => t.Shape.Name);
    }

    public IReadOnlyList<WeightTensor> Tensors { get; }

    public WeightTensor? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>SHA-256 of the values in order, as they lie in a model file (little-endian float32), in lower-case hex.</summary>
    public string Sha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (WeightTensor tensor in Tensors) hash.AppendData(MemoryMarshal.AsBytes(tensor.Values.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
