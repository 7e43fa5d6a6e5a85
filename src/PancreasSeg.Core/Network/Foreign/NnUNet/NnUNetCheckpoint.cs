using System.Security.Cryptography;

namespace PancreasSeg.Network.Foreign;

/// <summary>A checkpoint of nnU-Net's trainer: which trainer, which configuration, and the weights; the optimizer's state is never
/// read.</summary>
internal sealed class NnUNetCheckpoint : IDisposable
{
    private readonly TorchCheckpoint _file;
    private readonly string _path;
    private readonly Dictionary<string, TensorReference> _tensors = [];

    /// <summary>Reads all but the weights.</summary>
    /// <param name="stream">The file; disposed with this.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelFormatUnknown"/> for a file that is damaged or asks for something that is not
    /// data.</exception>
    public NnUNetCheckpoint(Stream stream, string path)
    {
        _path = path;
        Sha256 = Guarded(() => Convert.ToHexStringLower(SHA256.HashData(stream)));
        stream.Position = 0;
        _file = Guarded(() => new TorchCheckpoint(stream));
        try
        {
            Guarded(() => ReadRoot(_file.Root));
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>SHA-256 of the file, lower-case hex.</summary>
    public string Sha256 { get; }

    /// <summary>Name of the trainer.</summary>
    public string Trainer { get; private set; } = "";

    /// <summary>Name of the configuration.</summary>
    public string Configuration { get; private set; } = "";

    /// <summary>Axes of the network along which images were mirrored in training; empty for none.</summary>
    public IReadOnlyList<int> MirrorAxes { get; private set; } = [];

    /// <summary>Names of the weights.</summary>
    public IEnumerable<string> Names => _tensors.Keys;

    /// <summary>Reads the weights.</summary>
    /// <param name="architecture">The network that they must fit.</param>
    /// <param name="classes">Channels of its answer.</param>
    /// <param name="cancellation">Looked at before each.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/> for weights that are missing, of another shape or of no use,
    /// with
    /// the name of the first; <see cref="Fault.ModelFormatUnknown"/> for a damaged file.</exception>
    public ModelWeights Read(UNetArchitecture architecture, int classes, CancellationToken cancellation)
    {
        IReadOnlyList<WeightShape> layout = UNetShapes.Of(architecture, classes);
        foreach (WeightShape wanted in layout)
        {
            if (!_tensors.TryGetValue(wanted.Name, out TensorReference? found)) throw Mismatch($"the weights '{wanted.Name}' are missing");
            if (!found.Size.SequenceEqual(wanted.Shape.Select(n => (long)n)))
                throw Mismatch(
                    $"the weights '{wanted.Name}' are {string.Join(" x ", found.Size)}, the plan's network needs {string.Join(" x ", wanted.Shape)}");
        }
        string[] extra = [.. _tensors.Keys.Except(layout.Select(w => w.Name)).Where(name => !architecture.IsForTraining(name))
            .Order(StringComparer.Ordinal)];
        if (extra.Length > 0) throw Mismatch($"the weights '{Shown(extra[0])}' have no place in the plan's network");
        var tensors = new List<WeightTensor>(layout.Count);
        foreach (WeightShape shape in layout)
        {
            cancellation.ThrowIfCancellationRequested();
            float[] values = Guarded(() => _file.Read(_tensors[shape.Name]));
            if (values.Any(v => !float.IsFinite(v))) throw Mismatch($"the weights '{shape.Name}' hold a value that is not a finite number");
            tensors.Add(new WeightTensor(shape, values));
        }
        return new ModelWeights(tensors);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private bool ReadRoot(IReadOnlyDictionary<object, object?> root)
    {
        if (!root.TryGetValue("network_weights", out object? weights) || weights is not Dictionary<object, object?> named)
            throw new InvalidDataException("it holds no 'network_weights'");
        if (root.GetValueOrDefault("init_args") is not Dictionary<object, object?> arguments
            || arguments.GetValueOrDefault("configuration") is not string configuration)
            throw new InvalidDataException("it does not name its configuration");
        Configuration = configuration;
        Trainer = root.GetValueOrDefault("trainer_name") as string ?? throw new InvalidDataException("it does not name its trainer");
        MirrorAxes = root.GetValueOrDefault("inference_allowed_mirroring_axes") switch
        {
            null => [],
            PickleTuple axes => Axes(axes.Items),
            List<object?> axes => Axes(axes),
            _ => throw new InvalidDataException("its mirroring axes are not numbers"),
        };
        foreach ((object key, object? value) in named)
        {
            if (key is not string name || value is not TensorReference tensor)
                throw new InvalidDataException("its 'network_weights' are not all named tensors");
            foreach (string wrapper in (ReadOnlySpan<string>)["module.", "_orig_mod."])
                if (name.StartsWith(wrapper, StringComparison.Ordinal)) name = name[wrapper.Length..];
            // The same weights again, under the names of the lists that hold them.
            if (name.StartsWith("decoder.encoder.", StringComparison.Ordinal) || name.Contains(".all_modules.", StringComparison.Ordinal))
                continue;
            if (!_tensors.TryAdd(name, tensor)) throw new InvalidDataException("it holds weights twice");
        }
        return true;
    }

    private static int[] Axes(IReadOnlyList<object?> items)
    {
        int[] axes = [.. items.Select(item => item is long and >= 0 and < 3 and var axis ? (int)axis
            : throw new InvalidDataException("its mirroring axes are not axes of a volume"))];
        return axes.Distinct().Count() == axes.Length ? axes : throw new InvalidDataException("its mirroring axes repeat one");
    }

    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException or OverflowException)
        {
            string why = e is InvalidDataException ? e.Message : "it is damaged or ends early";
            throw new CoreException(Fault.ModelFormatUnknown, $"The checkpoint '{_path}' cannot be used: {why}.", _path,
                "Copy the model again from a source that you trust.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CoreException(Fault.FileReadFailed, $"The checkpoint '{_path}' could not be read: {e.Message}", _path,
                "Check that the file is readable and not in use.", e);
        }
    }

    private static string Shown(string name) => new([.. name.Take(100).Select(c => char.IsControl(c) ? '?' : c)]);

    private CoreException Mismatch(string why) =>
        new(Fault.ModelPlanMismatch, $"The checkpoint '{_path}' does not fit its plan: {why}.", _path,
            "Copy the model again; a network of a trainer that changes it cannot be run.");
}
