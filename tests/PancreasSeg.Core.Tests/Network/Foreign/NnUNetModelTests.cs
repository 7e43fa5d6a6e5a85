using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Core.Tests.Network.Foreign;

/// <summary>Reading of nnU-Net's folders and checkpoints, and all that is refused, by name.</summary>
public sealed class NnUNetModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SmallNnUNet _small = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_is_read_from_its_folder_its_data_sets_folder_and_an_archive()
    {
        string folder = _small.Write(_folder.FullName), zip = _small.WriteZip(_folder.FullName);
        NnUNetModel[] models = [NnUNetModel.Read(folder), NnUNetModel.Read(Path.GetDirectoryName(folder)!), NnUNetModel.Read(zip)];
        string[] files = [.. new[] { "plans.json", "dataset.json", "fold_0/checkpoint_final.pth" }
            .Select(f => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, f)))))];
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(string.Concat(files))));
        Assert.All(models, model =>
        {
            Assert.Equal("Dataset900_Small/nnUNetTrainer__nnUNetPlans__3d_fullres", model.Name);
            Assert.Equal((sha256, files[2]), (model.Sha256, model.Folds[0].Sha256));
            Assert.Equal(models[0].Folds[0].Weights.Sha256(), model.Folds[0].Weights.Sha256());
            Assert.Equal("nnUNetTrainer", model.Trainer);
            Assert.Equal([0, 1, 2], model.MirrorAxes);
            Assert.Equal(["background", "spleen", "pancreas"], model.Labels.Classes.Select(c => c.Name));
        });
    }

    [Fact]
    public void The_form_before_torch_1_6_holds_the_same()
    {
        string folder = _small.Write(_folder.FullName);
        string zip = NnUNetModel.Read(folder).Folds[0].Weights.Sha256();
        _small.IsStream = true;
        Assert.Equal(zip, NnUNetModel.Read(_small.Write(_folder.FullName)).Folds[0].Weights.Sha256());
    }

    [Fact]
    public void The_optimizers_state_is_never_read()
    {
        _small.Folds["fold_0"] = () => new CheckpointWriter { WithOptimizer = true };
        Assert.NotEmpty(NnUNetModel.Read(_small.Write(_folder.FullName)).Folds);
    }

    [Fact]
    public void Folds_are_the_numbered_ones_unless_asked()
    {
        foreach (string fold in (string[])["fold_1", "fold_10", "fold_2", "fold_all"]) _small.Folds[fold] = () => new CheckpointWriter();
        string folder = _small.Write(_folder.FullName);
        Directory.CreateDirectory(Path.Combine(folder, "fold_3"));               // without a checkpoint
        Assert.Equal(["0", "1", "2", "10"], NnUNetModel.Read(folder).Folds.Select(f => f.Name));
        Assert.Equal(["2", "all"], NnUNetModel.Read(folder, ["2", "all"]).Folds.Select(f => f.Name));
        Assert.Contains("0, 1, 2, 10, all", Refused(Fault.ModelFormatUnknown, () => NnUNetModel.Read(folder, ["3"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_fold_of_all_cases_is_used_where_it_is_the_only_one()
    {
        _small.Folds.Remove("fold_0", out Func<CheckpointWriter>? writer);
        _small.Folds["fold_all"] = writer!;
        Assert.Equal(["all"], NnUNetModel.Read(_small.Write(_folder.FullName)).Folds.Select(f => f.Name));
    }

    [Fact]
    public void Trainer_configuration_and_mirroring_come_from_the_checkpoint()
    {
        _small.Folds["fold_0"] = () => new CheckpointWriter
        {
            Trainer = "nnUNetTrainerNoMirroring",
            Configuration = "mine",
            MirrorAxes = null
        };
        _small.Plans["configurations"]!["mine"] = JsonNode.Parse("""{ "inherits_from": "middle", "patch_size": [16, 16, 16] }""");
        _small.Plans["configurations"]!["middle"] =
            JsonNode.Parse("""{ "inherits_from": "3d_fullres", "patch_size": [8, 8, 8], "spacing": [1, 1, 1] }""");
        NnUNetModel model = NnUNetModel.Read(_small.Write(_folder.FullName));
        Assert.Equal("nnUNetTrainerNoMirroring", model.Trainer);
        Assert.Empty(model.MirrorAxes);
        Assert.Equal("mine", model.Plans.Configuration.Name);
        Assert.Equal([16, 16, 16], model.Plans.Configuration.Patch);
        Assert.Equal([1.0, 1, 1], model.Plans.Configuration.Spacing);
        Assert.Equal(3, model.Plans.Configuration.DataResampling.Order);
    }

    [Fact]
    public void Wrappers_names_are_taken_off()
    {
        string plain = NnUNetModel.Read(_small.Write(_folder.FullName)).Folds[0].Weights.Sha256();
        _small.Tamper = weights =>
        {
            for (int i = 0; i < weights.Count; i++) weights[i] = weights[i] with { Name = "_orig_mod." + weights[i].Name };
        };
        Assert.Equal(plain, NnUNetModel.Read(_small.Write(_folder.FullName)).Folds[0].Weights.Sha256());
    }

    public static TheoryData<string, string, string, Fault> Changes() => new()
    {
        { "plans", "label_manager", "\"MyLabels\"", Fault.ModelNotSupported },
        { "plans", "image_reader_writer", "\"Tiff3DIO\"", Fault.ModelNotSupported },
        { "plans", "transpose_backward", "[1, 0, 2]", Fault.ModelPlanMismatch },
        { "configuration", "previous_stage", "\"3d_lowres\"", Fault.ModelNotSupported },
        { "configuration", "patch_size", "[32, 32]", Fault.ModelNotSupported },
        { "configuration", "patch_size", "[8, 16, 15]", Fault.ModelPlanMismatch },
        { "configuration", "preprocessor_name", "\"MyPreprocessor\"", Fault.ModelNotSupported },
        { "configuration", "normalization_schemes", "[\"RGBTo01Normalization\"]", Fault.ModelNotSupported },
        { "configuration", "normalization_schemes", "[\"CTNormalization\", \"CTNormalization\"]", Fault.ModelNotSupported },
        { "configuration", "resampling_fn_data", "\"resample_fft\"", Fault.ModelNotSupported },
        { "configuration", "resampling_fn_probabilities", "\"resample_fft\"", Fault.ModelNotSupported },
        { "configuration", "inherits_from", "\"3d_fullres\"", Fault.ModelPlanMismatch },
        { "architecture", "network_class_name", "\"a.b.STUNet\"", Fault.ModelNotSupported },
        { "network", "norm_op", "\"torch.nn.GroupNorm\"", Fault.ModelNotSupported },
        { "network", "nonlin", "\"torch.nn.GELU\"", Fault.ModelNotSupported },
        { "network", "squeeze_excitation", "true", Fault.ModelNotSupported },
        { "network", "bottleneck_channels", "[4, 4, 4]", Fault.ModelNotSupported },
        { "network", "n_stages", "1000000", Fault.ModelPlanMismatch },
        { "network", "features_per_stage", "[4, 6]", Fault.ModelPlanMismatch },
        { "dataset", "channel_names", "{ \"0\": \"CT\", \"1\": \"PET\" }", Fault.ModelNotSupported },
        { "dataset", "labels", "{ \"background\": 0, \"spleen\": 1, \"pancreas\": 3 }", Fault.ModelPlanMismatch },
        { "dataset", "labels", "{ \"background\": 0, \"whole\": [1, 2], \"pancreas\": 2 }", Fault.ModelPlanMismatch },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void What_cannot_be_run_is_refused_by_name(string where, string entry, string value, Fault fault)
    {
        JsonObject changed = where switch
        {
            "plans" => _small.Plans,
            "configuration" => _small.Configuration,
            "architecture" => (JsonObject)_small.Configuration["architecture"]!,
            "network" => _small.Network,
            _ => _small.DataSet,
        };
        string folder = _small.Write(_folder.FullName);
        Assert.NotEmpty(NnUNetModel.Read(folder).Folds);
        changed[entry] = JsonNode.Parse(value);
        File.WriteAllText(Path.Combine(folder, "plans.json"), _small.Plans.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "dataset.json"), _small.DataSet.ToJsonString());
        CoreException error = Refused(fault, () => NnUNetModel.Read(folder));
        Assert.NotNull(error.Remedy);
        Assert.Contains(fault == Fault.ModelNotSupported ? entry.Split('_')[0] : "", error.Message,
            StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Two_images_a_patient_are_refused_with_their_names()
    {
        _small.DataSet["channel_names"] = JsonNode.Parse("""{ "0": "CT", "1": "PET" }""");
        Assert.Contains("CT, PET", Refused(Fault.ModelNotSupported, () => NnUNetModel.Read(_small.Write(_folder.FullName))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_weight_is_refused_with_its_name()
    {
        _small.Tamper = weights => weights.RemoveAll(w => w.Name.StartsWith("encoder.stages.1.0.convs.0.norm", StringComparison.Ordinal));
        Assert.Contains("encoder.stages.1.0.convs.0.norm.weight",
            Refused(Fault.ModelPlanMismatch, () => NnUNetModel.Read(_small.Write(_folder.FullName))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_weight_too_many_is_refused_with_its_name()
    {
        _small.Tamper = weights => weights.Add(("encoder.stages.1.0.convs.7.conv.bias", [6], new float[6]));
        Assert.Contains("encoder.stages.1.0.convs.7.conv.bias",
            Refused(Fault.ModelPlanMismatch, () => NnUNetModel.Read(_small.Write(_folder.FullName))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_weight_of_another_shape_is_refused_with_its_name()
    {
        _small.Network["features_per_stage"]![2] = 10;
        string folder = _small.Write(_folder.FullName);
        _small.Network["features_per_stage"]![2] = 8;
        File.WriteAllText(Path.Combine(folder, "plans.json"), _small.Plans.ToJsonString());
        Assert.Contains("encoder.stages.2.0.convs.0.conv.weight", Refused(Fault.ModelPlanMismatch, () => NnUNetModel.Read(folder)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_first_version_folder_is_refused_by_name()
    {
        File.WriteAllBytes(_folder.File("plans.pkl"), [0]);
        File.WriteAllBytes(_folder.File("model_final_checkpoint.model"), [0]);
        Assert.Contains("first version", Refused(Fault.ModelNotSupported, () => NnUNetModel.Read(_folder.FullName)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_two_models_is_refused_with_both()
    {
        string folder = _small.Write(_folder.FullName), other = folder.Replace("3d_fullres", "3d_lowres", StringComparison.Ordinal);
        Directory.CreateDirectory(other);
        foreach (string name in (string[])["plans.json", "dataset.json"]) File.Copy(Path.Combine(folder, name), Path.Combine(other, name));
        Assert.Contains("3d_lowres", Refused(Fault.ModelFormatUnknown, () => NnUNetModel.Read(_folder.FullName)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("posix", "system")]
    [InlineData("builtins", "getattr")]
    [InlineData("torch.serialization", "_get_layout")]
    public void A_checkpoint_that_asks_for_more_than_data_is_refused_with_the_name(string module, string name)
    {
        string trace = _folder.File("trace");
        byte[] intruder = [.. CheckpointWriter.Name(module, name), .. CheckpointWriter.Text($"touch {trace}"), 0x85, (byte)'R'];
        foreach (bool isStream in (bool[])[false, true])
        {
            _small.IsStream = isStream;
            _small.Folds["fold_0"] = () => new CheckpointWriter { Intruder = intruder };
            CoreException error = Refused(Fault.ModelFormatUnknown, () => NnUNetModel.Read(_small.Write(_folder.FullName)));
            Assert.Contains($"'{module} {name}'", error.Message, StringComparison.Ordinal);
            Assert.False(File.Exists(trace));
        }
    }

    [Theory]
    [InlineData(0x8c)]                                                           // a text of protocol 4
    [InlineData('i')]                                                            // INST makes an object
    [InlineData(0x93)]                                                           // STACK_GLOBAL
    public void An_instruction_that_no_checkpoint_needs_is_refused(byte code)
    {
        _small.Folds["fold_0"] = () => new CheckpointWriter { Intruder = [code] };
        Assert.Contains(code.ToString("x2", CultureInfo.InvariantCulture),
            Refused(Fault.ModelFormatUnknown, () => NnUNetModel.Read(_small.Write(_folder.FullName))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_tensor_beyond_its_storage_is_refused(bool isStream)
    {
        _small.IsStream = isStream;
        _small.Tamper = weights => weights[0] = weights[0] with { Shape = [4096, .. weights[0].Shape[1..]] };
        Assert.Contains(
            "beyond its storage", Refused(Fault.ModelFormatUnknown, () => NnUNetModel.Read(_small.Write(_folder.FullName))).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_storage_shorter_than_it_says_is_refused(bool isStream)
    {
        _small.IsStream = isStream;
        _small.Folds["fold_0"] = () => new CheckpointWriter { Pretended = 1000 };
        _small.Tamper = weights => weights[0] = weights[0] with { Values = weights[0].Values[1..] };
        Assert.Contains(
            "fewer than it promises", Refused(Fault.ModelFormatUnknown, () => NnUNetModel.Read(_small.Write(_folder.FullName))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_with_the_highest_byte_first_are_refused()
    {
        _small.Folds["fold_0"] = () => new CheckpointWriter { ByteOrder = "big" };
        Assert.Contains("byte order", Refused(Fault.ModelFormatUnknown, () => NnUNetModel.Read(_small.Write(_folder.FullName))).Message,
            StringComparison.Ordinal);
        _small.Folds["fold_0"] = () => new CheckpointWriter { ByteOrder = "little" };
        Assert.NotEmpty(NnUNetModel.Read(_small.Write(_folder.FullName)).Folds);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cut_and_damaged_checkpoints_are_refused_or_read_never_more(bool isStream)
    {
        _small.IsStream = isStream;
        string folder = _small.Write(_folder.FullName), file = Path.Combine(folder, "fold_0", "checkpoint_final.pth");
        byte[] whole = File.ReadAllBytes(file);
        var random = new Random(4);
        for (int i = 0; i < 400; i++)
        {
            byte[] mutant = i % 4 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            // The first part of the stream form and the last of the zip form hold what is parsed.
            for (int n = 0; n < 1 + i % 5 && mutant.Length > 0; n++)
                mutant[isStream || random.Next(2) == 0 ? random.Next(mutant.Length)
                    : mutant.Length - 1 - random.Next(Math.Min(mutant.Length, 4000))] = (byte)random.Next(256);
            File.WriteAllBytes(file, mutant);
            try
            {
                NnUNetModel.Read(folder);
            }
            catch (CoreException e)
            {
                Assert.Contains(e.Fault, (Fault[])[Fault.ModelFormatUnknown, Fault.ModelPlanMismatch, Fault.ModelNotSupported,
                    Fault.FileReadFailed]);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Texts_that_are_not_unicode_are_refused(int where)
    {
        string folder = _small.Write(_folder.FullName), plans = Path.Combine(folder, "plans.json");
        byte[] bytes = File.ReadAllBytes(plans);
        byte[] name = [.. "\"nnUNetPlans\""u8], broken = where == 0 ? [(byte)'"', 0xFF, (byte)'"'] : [.. "\"\\ud800\""u8];
        int at = bytes.AsSpan().IndexOf(name);
        File.WriteAllBytes(plans, [.. bytes[..at], .. broken, .. bytes[(at + name.Length)..]]);
        Refused(Fault.ModelPlanMismatch, () => NnUNetModel.Read(folder));
    }

    [Fact]
    public void Damaged_plans_are_refused_or_read_never_more()
    {
        string folder = _small.Write(_folder.FullName), file = Path.Combine(folder, "plans.json");
        byte[] whole = File.ReadAllBytes(file);
        var random = new Random(6);
        for (int i = 0; i < 400; i++)
        {
            byte[] mutant = [.. whole];
            for (int n = 0; n <= i % 3; n++) mutant[random.Next(mutant.Length)] = (byte)"0123456789[]{}\",-.eNtf "[random.Next(23)];
            File.WriteAllBytes(file, mutant);
            try
            {
                NnUNetModel.Read(folder);
            }
            catch (CoreException e)
            {
                Assert.Contains(e.Fault, (Fault[])[Fault.ModelPlanMismatch, Fault.ModelNotSupported]);
            }
        }
    }

    private static CoreException Refused(Fault fault, Action read)
    {
        var error = Assert.Throws<CoreException>(read);
        Assert.Equal(fault, error.Fault);
        return error;
    }
}
