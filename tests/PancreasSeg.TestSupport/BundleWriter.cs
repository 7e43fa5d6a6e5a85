namespace PancreasSeg.TestSupport;

/// <summary>Writes a bundle of MONAI whose network calls pancreas what lies above the middle of its HU window, 0 to 200.</summary>
public static class BundleWriter
{
    private const string Metadata = """
        { "name": "halves", "data_source": "some CTs",
          "network_data_format": { "outputs": { "pred": { "channel_def": { "0": "background", "1": "pancreas" } } } } }
        """;

    private const string Inference = """
        device: "$torch.device('cpu')"
        preprocessing:
          _target_: Compose
          transforms:
          - {_target_: LoadImaged, keys: image}
          - {_target_: Orientationd, keys: image, axcodes: RAS}
          - {_target_: Spacingd, keys: image, pixdim: [1.5, 1.5, 3], mode: bilinear}
          - {_target_: ScaleIntensityRanged, a_min: 0, a_max: 200, b_min: 0, b_max: 1, clip: true}
        inferer: {_target_: SlidingWindowInferer, roi_size: [16, 16, 8], overlap: 0.25}
        postprocessing: {_target_: Compose, transforms: [{_target_: Activationsd, softmax: true}]}
        """;

    private const string Forward = "_0 = torch.mul(torch.sub(x, 0.5), 20.)\nreturn torch.cat([torch.neg(_0), _0], 1)";

    /// <summary>Writes it into a folder and returns that.</summary>
    public static string Write(string folder)
    {
        foreach (string name in (string[])["configs", "models"]) Directory.CreateDirectory(Path.Combine(folder, name));
        File.WriteAllText(Path.Combine(folder, "configs", "metadata.json"), Metadata);
        File.WriteAllText(Path.Combine(folder, "configs", "inference.yaml"), Inference);
        File.WriteAllBytes(Path.Combine(folder, "models", "model.ts"), ScriptWriter.Module(Forward));
        return folder;
    }
}
