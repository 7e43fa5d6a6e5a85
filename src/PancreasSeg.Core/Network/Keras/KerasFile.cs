using System.Buffers.Binary;
using PureHDF;

namespace PancreasSeg.Network.Keras;

/// <summary>
/// The HDF5 files in which Keras 2 stores weights, alone (<c>save_weights</c>) or within a whole model (<c>save</c>, where they
/// lie in the group <c>model_weights</c>). Attributes name the layers and, in each layer's group, its weights.
/// </summary>
internal static class KerasFile
{
    private const string ModelGroup = "model_weights", LayerNames = "layer_names", WeightNames = "weight_names";

    /// <summary>Every layer that has weights, in the file's order. Values are read only while the stream is open.</summary>
    /// <exception cref="InvalidDataException">The file is not one of Keras' weights, or is cut off.</exception>
    /// <exception cref="Exception">Whatever the HDF5 library throws at damaged files.</exception>
    public static List<KerasLayer> Layers(Stream stream)
    {
        CheckLength(stream);
        IH5Group root = H5File.Open(new StackGuard(stream), leaveOpen: true);
        if (!root.AttributeExists(LayerNames) && root.LinkExists(ModelGroup)) root = root.Group(ModelGroup);
        if (!root.AttributeExists(LayerNames)) throw new InvalidDataException("it is an HDF5 file, but names no Keras layers");
        var layers = new List<KerasLayer>();
        foreach (string name in Strings(root, LayerNames))
        {
            IH5Group group = root.Group(name);
            if (!group.AttributeExists(WeightNames)) throw new InvalidDataException($"the layer '{name}' does not name its weights");
            KerasTensor[] tensors = [.. Strings(group, WeightNames).Select(weight => Tensor(group, weight))];
            if (tensors.Length > 0) layers.Add(new KerasLayer(name, tensors));
        }
        return layers;
    }

    /// <summary>The superblock says where the file ends (HDF5 File Format Specification 3.0, II.A).</summary>
    private static void CheckLength(Stream stream)
    {
        Span<byte> head = stackalloc byte[64];
        int read = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        ReadOnlySpan<byte> signature = [0x89, .. "HDF\r\n"u8, 0x1A, (byte)'\n'];
        if (read < head.Length || !head.StartsWith(signature))
            throw new InvalidDataException(
                head.StartsWith("PK"u8) ? "it is a zip archive, such as Keras 3 writes" : "it is not an HDF5 file");
        int offset = head[8] switch { 0 => 40, 1 => 44, _ => 28 };
        ulong end = BinaryPrimitives.ReadUInt64LittleEndian(head[offset..]);
        if ((ulong)stream.Length < end) throw new InvalidDataException($"it is cut off: {stream.Length} bytes of {end}");
        stream.Position = 0;
    }

    /// <summary>A list of strings of fixed or variable length. Keras stores an empty list as no numbers, of type float64.</summary>
    private static string[] Strings(IH5Object item, string attribute)
    {
        IH5Attribute list = item.Attribute(attribute);
        if (list.Space.Dimensions.Any(n => n == 0)) return [];
        return [.. list.Read<string[]>().Select(text => text.TrimEnd('\0'))];
    }

    private static KerasTensor Tensor(IH5Group layer, string name)
    {
        IH5Dataset dataset = layer.Dataset(name);
        if (dataset.Type is not { Class: H5DataTypeClass.FloatingPoint, Size: sizeof(float) }
            || dataset.Layout.Class == H5DataLayoutClass.VirtualStorage)
            throw new InvalidDataException($"the weight '{name}' is not stored as 32-bit floats");
        return new KerasTensor(name, [.. dataset.Space.Dimensions.Select(n => checked((int)n))], () => dataset.Read<float[]>());
    }
}
