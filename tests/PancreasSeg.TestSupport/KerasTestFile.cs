using PureHDF;

namespace PancreasSeg.TestSupport;

/// <summary>A weights file as Keras 2 writes it, with the weights of keras_files.py; tests change it before it is written.</summary>
internal sealed class KerasTestFile
{
    private static readonly int[] s_filters = [16, 32, 64, 128, 256];

    public KerasTestFile()
    {
        Add("input_1");
        for (int i = 0; i < 5; i++)
        {
            Pair(i, i == 0 ? 1 : s_filters[i - 1], s_filters[i]);
            if (i < 4) Add(Numbered("max_pooling3d", i));
        }
        Add("gating_base", Convolution("gating_base", 256, 128));
        for (int i = 0; i < 4; i++)
        {
            int f = s_filters[3 - i], k = f / 2;
            string up = Numbered("conv3d_transpose", i), gate = Numbered("att_gate", i);
            Add(up, ($"{up}/kernel:0", [4, 4, 1, f, 2 * f]), ($"{up}/bias:0", [f]));
            if (i < 3)
                Add(gate,
                    [($"{gate}/theta/kernel:0", [2, 2, 1, f, k]), .. Convolution($"{gate}/phi", 128, k),
                        .. Convolution($"{gate}/psi", k, 1), .. Convolution($"{gate}/W", f, f)]);
            Add($"concat_{f}");
            Pair(5 + i, 2 * f, f);
        }
        for (int i = 0; i < 3; i++)
            Add(Numbered("dsv", i), Convolution($"{Numbered("dsv", i)}/{Numbered("conv3d", i)}", s_filters[3 - i], 2));
        Add("conv3d_19", Convolution("conv3d_19", 16, 2));
        Add("concatenate");
        Add("conv3d_20", Convolution("conv3d_20", 8, 2));
        foreach (string name in (string[])["Max", "sub", "Exp", "Sum", "truediv"]) Add($"tf_op_layer_{name}");

        uint stream = 0;
        foreach (Layer layer in Layers)
            foreach (Weight weight in layer.Weights) weight.Values = Values(weight.Shape, ++stream);
    }

    public List<Layer> Layers { get; } = [];

    public Layer this[string layer] => Layers.Single(l => l.Name == layer);

    /// <summary>Numbers in [-1, 1), the same in every language: a hash of position and stream.</summary>
    public static double Noise(uint position, uint stream)
    {
        uint u = unchecked(position + stream * 0x9E3779B9);
        u ^= u >> 16;
        u = unchecked(u * 0x7FEB352D);
        u ^= u >> 15;
        u = unchecked(u * 0x846CA68B);
        u ^= u >> 16;
        return (u >> 8) / 8388608.0 - 1;
    }

    public void Write(string path, bool withinModel = true, bool variableStrings = false)
    {
        var root = new H5Group();
        foreach (Layer layer in Layers)
        {
            H5Group group = Child(root, layer.Name);
            foreach (Weight weight in layer.Weights)
            {
                string[] parts = weight.Name.Split('/');
                parts[..^1]
                    .Aggregate(group, Child)[parts[^1]] = new H5Dataset(weight.Values, fileDims: [.. weight.Shape.Select(n => (ulong)n)]);
            }
            group.Attributes["weight_names"] = Names(layer.Weights.Select(w => w.Name));
        }
        root.Attributes["layer_names"] = Names(Layers.Select(l => l.Name));
        root.Attributes["backend"] = "tensorflow";

        var file = new H5File();
        if (withinModel)
        {
            file["model_weights"] = root;
            file.Attributes["model_config"] = "{}";
        }
        else
        {
            foreach ((string name, object item) in root) file[name] = item;
            foreach ((string name, object item) in root.Attributes) file.Attributes[name] = item;
        }
        file.Write(path, new H5WriteOptions(DefaultStringLength: variableStrings ? 0 : 40, PreferCompactDatasetLayout: false));
    }

    private static H5Group Child(H5Group parent, string name)
    {
        if (!parent.ContainsKey(name)) parent[name] = new H5Group();
        return (H5Group)parent[name];
    }

    private static object Names(IEnumerable<string> names) => names.ToArray() is { Length: > 0 } some ? some : Array.Empty<double>();

    private static string Numbered(string name, int number) => number == 0 ? name : $"{name}_{number}";

    private static (string, int[])[] Convolution(string name, int input, int output) =>
        [($"{name}/kernel:0", [1, 1, 1, input, output]), ($"{name}/bias:0", [output])];

    private static float[] Values(int[] shape, uint stream)
    {
        double limit = shape.Length == 1 ? 0.05 : Math.Sqrt(6.0 / (shape[0] * shape[1] * shape[3]));
        var values = new float[shape.Aggregate(1, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++) values[i] = (float)(Noise((uint)i, stream) * limit);
        return values;
    }

    private void Pair(int number, int input, int f)
    {
        string a = Numbered("conv3d", 2 * number), b = Numbered("conv3d", 2 * number + 1);
        Add(Numbered("sequential", number), ($"{a}/kernel:0", [3, 3, 1, input, f]), ($"{a}/bias:0", [f]),
            ($"{b}/kernel:0", [3, 3, 1, f, f]), ($"{b}/bias:0", [f]));
    }

    private void Add(string layer, params (string Name, int[] Shape)[] weights) =>
        Layers.Add(new Layer { Name = layer, Weights = [.. weights.Select(w => new Weight { Name = w.Name, Shape = w.Shape })] });

    internal sealed class Layer
    {
        public required string Name { get; set; }

        public required List<Weight> Weights { get; init; }
    }

    internal sealed class Weight
    {
        public required string Name { get; set; }

        public required int[] Shape { get; set; }

        public float[] Values { get; set; } = [];
    }
}
