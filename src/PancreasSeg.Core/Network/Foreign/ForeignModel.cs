using System.Security.Cryptography;

namespace PancreasSeg.Network;

/// <summary>Networks of other projects as models: an ONNX file and a plan.</summary>
public static class ForeignModel
{
    /// <summary>Reads a network and its plan. The graph is not looked at before an engine loads it.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="planPath">The plan, JSON of a <see cref="ForeignPlan"/>.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>, <see cref="Fault.FileReadFailed"/>,
    /// <see cref="Fault.ModelFormatUnknown"/>
    /// for a file of another kind, or as <see cref="ForeignPlan.Read"/>.</exception>
    public static PancreasModel Read(string path, string planPath)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!ModelFile.IsOnnx(path))
            throw new CoreException(Fault.ModelFormatUnknown, $"'{path}' is not an ONNX file; a plan goes with one.", path,
                "Leave out the plan: a .safetensors model holds its own.");
        if (!File.Exists(path))
            throw new CoreException(Fault.FileNotFound, $"The model file '{path}' does not exist.", path, "Check the path.");
        ForeignPlan plan = ForeignPlan.Read(planPath);
        byte[] file = FileFault.Reading(path, () => File.ReadAllBytes(path));
        return PancreasModel.OfForeign(Path.GetFileNameWithoutExtension(path), plan, file, Convert.ToHexStringLower(SHA256.HashData(file)));
    }
}
