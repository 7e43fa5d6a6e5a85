using System.IO.Compression;
using System.Text.Json.Nodes;
using PancreasSeg.Network;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.TestSupport;

/// <summary>Small nnU-Net models with drawn weights in folders, changed at will before they are written.</summary>
internal sealed class SmallNnUNet
{
    public JsonObject Plans { get; } = (JsonObject)JsonNode.Parse("""
        { "dataset_name": "Dataset900_Small", "plans_name": "nnUNetPlans", "image_reader_writer": "SimpleITKIO",
          "transpose_forward": [0, 1, 2], "transpose_backward": [0, 1, 2], "label_manager": "LabelManager",
          "foreground_intensity_properties_per_channel": { "0": { "mean": 50.0, "std": 40.0, "percentile_00_5": -100.0, "percentile_99_5": 200.0 } },
          "configurations": { "3d_fullres": {
            "preprocessor_name": "DefaultPreprocessor", "patch_size": [8, 16, 16], "spacing": [3.0, 2.0, 2.0],
            "normalization_schemes": ["CTNormalization"], "use_mask_for_norm": [false],
            "resampling_fn_data": "resample_data_or_seg_to_shape", "resampling_fn_data_kwargs": { "is_seg": false, "order": 3, "order_z": 0, "force_separate_z": null },
            "resampling_fn_probabilities": "resample_data_or_seg_to_shape", "resampling_fn_probabilities_kwargs": { "is_seg": false, "order": 1, "order_z": 0, "force_separate_z": null },
            "architecture": { "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet", "arch_kwargs": {
              "n_stages": 3, "features_per_stage": [4, 6, 8], "conv_op": "torch.nn.modules.conv.Conv3d", "kernel_sizes": [[1, 3, 3], [3, 3, 3], [3, 3, 3]],
              "strides": [[1, 1, 1], [1, 2, 2], [2, 2, 2]], "n_conv_per_stage": [2, 1, 1], "n_conv_per_stage_decoder": [1, 1], "conv_bias": true,
              "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d", "norm_op_kwargs": { "eps": 1e-05, "affine": true }, "dropout_op": null, "dropout_op_kwargs": null,
              "nonlin": "torch.nn.LeakyReLU", "nonlin_kwargs": { "inplace": true } } } } } }
        """)!;

    public JsonObject DataSet { get; } = (JsonObject)JsonNode.Parse("""
        { "channel_names": { "0": "CT" }, "labels": { "background": 0, "spleen": 1, "pancreas": 2 }, "file_ending": ".nii.gz", "numTraining": 3 }
        """)!;

    public JsonObject Configuration => (JsonObject)Plans["configurations"]!["3d_fullres"]!;

    public JsonObject Network => (JsonObject)Configuration["architecture"]!["arch_kwargs"]!;

    public Dictionary<string, Func<CheckpointWriter>> Folds { get; } = new() { ["fold_0"] = () => new CheckpointWriter() };

    /// <summary>Changes the weights before they are written.</summary>
    public Action<List<(string Name, int[] Shape, float[] Values)>>? Tamper { get; set; }

    public bool IsStream { get; set; }

    /// <summary>Turns the network into one with a residual encoder.</summary>
    public SmallNnUNet Residual()
    {
        Configuration["architecture"]!["network_class_name"] = "dynamic_network_architectures.architectures.unet.ResidualEncoderUNet";
        Network["n_blocks_per_stage"] = new JsonArray(1, 2, 1);
        Network.Remove("n_conv_per_stage");
        return this;
    }

    /// <summary>Gives every class its share of the voxels: the weights of the answer add up to 0 for each.</summary>
    public static void Balance(List<(string Name, int[] Shape, float[] Values)> weights)
    {
        foreach ((_, int[] shape, float[] values) in weights.Where(w => w.Name.StartsWith("decoder.seg_layers.1.", StringComparison.Ordinal)))
        {
            int row = shape.Length > 1 ? shape[1] : 1;
            for (int at = 0; at < values.Length; at += row)
            {
                float mean = values.AsSpan(at, row).ToArray().Average();
                foreach (ref float value in values.AsSpan(at, row)) value -= mean;
            }
        }
    }

    /// <summary>Writes Dataset900_Small/nnUNetTrainer__nnUNetPlans__3d_fullres below a folder.</summary>
    /// <returns>The model's own folder.</returns>
    public string Write(string root)
    {
        string folder = Path.Combine(root, "Dataset900_Small", "nnUNetTrainer__nnUNetPlans__3d_fullres");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "plans.json"), Plans.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "dataset.json"), DataSet.ToJsonString());
        int seed = 0;
        foreach ((string fold, Func<CheckpointWriter> writer) in Folds)
        {
            Directory.CreateDirectory(Path.Combine(folder, fold));
            List<(string, int[], float[])> weights = Weights(++seed);
            Tamper?.Invoke(weights);
            File.WriteAllBytes(Path.Combine(folder, fold, "checkpoint_final.pth"), IsStream ? writer().Stream(weights)
                : writer().Zip(weights));
        }
        return folder;
    }

    /// <summary>The same as an archive with the tree from Dataset900_Small down.</summary>
    public string WriteZip(string root)
    {
        string folder = Write(root), zip = Path.Combine(root, "model.zip");
        ZipFile.CreateFromDirectory(Path.GetDirectoryName(folder)!, zip, CompressionLevel.Fastest, includeBaseDirectory: true);
        return zip;
    }

    /// <summary>Weights with the names, doubles and unused heads of nnU-Net's checkpoints.</summary>
    private List<(string Name, int[] Shape, float[] Values)> Weights(int seed)
    {
        var random = new Random(seed);
        var weights = new List<(string Name, int[] Shape, float[] Values)>();
        UNetArchitecture sizes;
        try
        {
            sizes = NnUNetPlans.Parse(System.Text.Encoding.UTF8.GetBytes(Plans.ToJsonString()), "plans.json", "3d_fullres")
                .Configuration.Architecture;
        }
        catch (CoreException)
        {
            return weights;                                                      // a plan that is meant to be refused
        }
        int classes = Math.Max(2, ((JsonObject)DataSet["labels"]!).Count);
        foreach (WeightShape shape in UNetShapes.Of(sizes, classes))
        {
            float scale = shape.Name.Contains(".norm.weight", StringComparison.Ordinal) ? 0
                : MathF.Sqrt(2f / Math.Max(1, shape.Count / shape.Shape[0]));
            float[] values = [.. Enumerable.Range(0, (int)shape.Count)
                .Select(_ => scale == 0 ? 1 + 0.2f * random.NextSingle() : scale * (2 * random.NextSingle() - 1))];
            weights.Add((shape.Name, shape.Shape, values));
            if (shape.Name.Contains(".conv.", StringComparison.Ordinal))
                weights.Add((shape.Name.Replace(".conv.", ".all_modules.0.", StringComparison.Ordinal), shape.Shape, values));
            if (shape.Name.StartsWith("encoder.", StringComparison.Ordinal)) weights.Add(("decoder." + shape.Name, shape.Shape, values));
        }
        weights.Add(("decoder.seg_layers.0.weight", [classes, 6, 1, 1, 1], new float[classes * 6]));
        weights.Add(("decoder.seg_layers.0.bias", [classes], new float[classes]));
        return weights;
    }
}
