using System.Runtime.InteropServices;
using PancreasSeg.Network;
using static TorchSharp.torch;

namespace PancreasSeg.Inference;

/// <summary>A network of another project out of a TorchScript file, computed by libtorch in float32.</summary>
internal sealed class ScriptPlannedNetwork : IPlannedNetwork
{
    private readonly jit.ScriptModule<Tensor, Tensor> _module;
    private readonly TorchTarget _target;
    private readonly string _name;

    /// <summary>Loads the program and its weights.</summary>
    /// <param name="script">What <see cref="Network.Foreign.ScriptArchive"/> has looked at.</param>
    /// <param name="name">Name of the model, for messages.</param>
    /// <param name="options">How to compute.</param>
    /// <exception cref="CoreException">As <see cref="TorchEngine"/>; <see cref="Fault.DeviceNotAvailable"/> for another number format;
    /// <see cref="Fault.ModelFormatUnknown"/> for a file that libtorch cannot load.</exception>
    public ScriptPlannedNetwork(byte[] script, string name, EngineOptions options)
    {
        if (options.Precision == Precision.BFloat16)
            throw new CoreException(Fault.DeviceNotAvailable, "A TorchScript network computes in float32.", options.Precision,
                "Use the precision Auto or Float32.");
        _name = name;
        _target = TorchRuntime.Start(options.Device, Precision.Float32, options.ThreadCount);
        Info = TorchEngine.InfoOf(_target);
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            FileFault.Writing(path, () =>
            {
                using FileStream file = Own(path);
                file.Write(script);
            });
            _module = jit.load<Tensor, Tensor>(path, _target.Device.type, _target.Device.index);
            // Saved in the middle of a training, it would drop values at random.
            _module.eval();
        }
        catch (ExternalException e)
        {
            throw new CoreException(Fault.ModelFormatUnknown, $"libtorch cannot load the model '{name}': {FirstLine(e)}", name,
                "Export the network again.", e);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <inheritdoc/>
    public EngineInfo Info { get; }

    /// <inheritdoc/>
    public (float[] Values, long[] Shape) Run(float[] values, (int A, int B, int C) patch, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var noGradients = inference_mode(true);
        using var scope = NewDisposeScope();
        try
        {
            Tensor x = VolumeTensor.From(values, patch.A, patch.B, patch.C).to(_target.Device);
            Tensor y = _module.call(x).to(ScalarType.Float32).cpu().contiguous();   // 1 x K x a x b x c
            return (MemoryMarshal.Cast<byte, float>(y.bytes).ToArray(), y.shape);
        }
        catch (Exception e) when (e is ExternalException or InvalidCastException)
        {
            throw ForeignEngine.Mismatch(_name, $"it fails on {patch.A} x {patch.B} x {patch.C} voxels: {FirstLine(e)}");
        }
        finally
        {
            TorchRuntime.Trim();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _module.Dispose();

    private static FileStream Own(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    // What a program says of itself is not trusted with a terminal.
    private static string FirstLine(Exception e) =>
        new([.. e.Message.Split('\n')[0].Trim().Select(c => char.IsControl(c) ? '?' : c)]);
}
