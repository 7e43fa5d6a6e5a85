using System.Runtime.InteropServices;
using Google.Protobuf;

namespace PancreasSeg.Network.Onnx;

/// <summary>Adds nodes and constants to an ONNX graph; every value is known by the name of the node that makes it.</summary>
internal sealed class GraphBuilder(string name)
{
    /// <summary>The graph so far.</summary>
    public GraphProto Graph { get; } = new() { Name = name };

    /// <summary>Adds a node with one output and returns that output's name.</summary>
    /// <param name="operation">ONNX operator.</param>
    /// <param name="output">Name of the node and of what it makes.</param>
    /// <param name="inputs">Names of values; empty for an optional input that is left out.</param>
    /// <param name="attributes">The operator's attributes.</param>
    public string Node(string operation, string output, IEnumerable<string> inputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = operation, Name = output };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        node.Attribute.AddRange(attributes);
        Graph.Node.Add(node);
        return output;
    }

    /// <summary>Adds a float32 constant and returns its name.</summary>
    public string Constant(string name, IEnumerable<int> shape, ReadOnlySpan<float> values) =>
        Constant(name, TensorProto.Types.DataType.Float, shape, MemoryMarshal.AsBytes(values));

    /// <summary>Adds a list of whole numbers, once for each name, and returns its name.</summary>
    public string Constant(string name, params long[] values) =>
        Has(name) ? name : Constant(name, TensorProto.Types.DataType.Int64, [values.Length], MemoryMarshal.AsBytes(values.AsSpan()));

    /// <summary>True when there is a constant of this name.</summary>
    public bool Has(string name) => Graph.Initializer.Any(known => known.Name == name);

    public static AttributeProto Whole(string name, long value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    public static AttributeProto Real(string name, double value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = (float)value };

    public static AttributeProto Text(string name, string value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(value) };

    public static AttributeProto List(string name, IEnumerable<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    /// <summary>Describes an input or output of the graph.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="channels">Length of the second axis.</param>
    /// <param name="size">D, H and W; null where they are free.</param>
    /// <returns>Float32, 1 x channels x D x H x W.</returns>
    public static ValueInfoProto Volume(string name, int channels, int[]? size = null)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange([new() { DimValue = 1 }, new() { DimValue = channels }]);
        shape.Dim.AddRange(size is null ? [new() { DimParam = "D" }, new() { DimParam = "H" }, new() { DimParam = "W" }]
            : size.Select(n => new TensorShapeProto.Types.Dimension { DimValue = n }));
        return new ValueInfoProto
        {
            Name = name,
            Type =
                new TypeProto
                {
                    TensorType = new TypeProto.Types.Tensor
                    {
                        ElemType = (int)TensorProto.Types.DataType.Float,
                        Shape = shape
                    }
                },
        };
    }

    private string Constant(string name, TensorProto.Types.DataType type, IEnumerable<int> shape, ReadOnlySpan<byte> values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(values) };
        tensor.Dims.AddRange(shape.Select(n => (long)n));
        Graph.Initializer.Add(tensor);
        return name;
    }
}
