using System.Text;
using System.Text.Json.Nodes;
using PancreasSeg.Network;
using PancreasSeg.Network.Foreign;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Core.Tests.Network.Foreign;

/// <summary>A model of nnU-Net in one file: the same as its folder, and nothing that does not belong there.</summary>
public sealed class NnUNetFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SmallNnUNet _small = new();

    public void Dispose() => _folder.Dispose();

    private string FilePath => _folder.File("m.safetensors");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_holds_what_the_folder_holds(bool isResidual)
    {
        if (isResidual) _small.Residual();
        _small.Folds["fold_3"] = () => new CheckpointWriter();
        _small.Folds["fold_all"] = () => new CheckpointWriter();
        _small.Plans["transpose_forward"] = new JsonArray(2, 0, 1);
        _small.Plans["transpose_backward"] = new JsonArray(1, 2, 0);
        PancreasModel model = ForeignModel.ReadNnUNet(_small.Write(_folder.FullName), ["3", "all"], "Apache-2.0");
        PancreasModel read = Written(model);
        Assert.Equal((model.Name, model.Sha256, model.ParameterCount), (read.Name, read.Sha256, read.ParameterCount));
        Assert.Equal(("Apache-2.0", model.TrainingData), (read.License, read.TrainingData));
        Assert.Equivalent(model.NnUNet, read.NnUNet, strict: true);
        NnUNetModel a = model.NnUNetSource!, b = read.NnUNetSource!;
        Assert.Equivalent(a.Plans, b.Plans, strict: true);
        Assert.Equivalent(a.Labels, b.Labels, strict: true);
        Assert.Equal(a.Folds.Select(f => (f.Name, f.Weights.Sha256())), b.Folds.Select(f => (f.Name, f.Weights.Sha256())));

        ModelFile.Write(read, _folder.File("again.safetensors"));
        Assert.Equal(File.ReadAllBytes(FilePath), File.ReadAllBytes(_folder.File("again.safetensors")));
    }

    [Fact]
    public void Normalisation_by_training_regions_and_inherited_plans_come_back()
    {
        _small.Plans["configurations"]!["mine"] = JsonNode.Parse("""{ "inherits_from": "3d_fullres", "spacing": [1, 1, 1] }""");
        _small.Folds["fold_0"] = () => new CheckpointWriter { Configuration = "mine", MirrorAxes = null };
        _small.DataSet["labels"] = JsonNode.Parse("""{ "background": 0, "pancreas": [1, 2], "tumour": 2 }""");
        _small.DataSet["regions_class_order"] = new JsonArray(1, 2);
        _small.Tamper = weights =>
        {
            foreach ((string name, int[] shape, _) in weights.Where(w => w.Name.EndsWith("norm.weight", StringComparison.Ordinal)).ToList())
                foreach (string statistic in (string[])["running_mean", "running_var"])
                    weights.Add((name[..^"weight".Length] + statistic, shape, [.. Enumerable.Repeat(2f, shape[0])]));
            for (int i = 0; i < weights.Count; i++)
                if (weights[i].Name.StartsWith("decoder.seg_layers.", StringComparison.Ordinal))
                    weights[i] = (weights[i].Name, [2, .. weights[i].Shape[1..]], weights[i].Values[..(weights[i].Values.Length / 3 * 2)]);
        };
        NnUNetModel read = Written(ForeignModel.ReadNnUNet(_small.Write(_folder.FullName))).NnUNetSource!;
        Assert.True(read.Architecture.HasBatchNorm);
        Assert.True(read.Labels.HasRegions);
        Assert.Empty(read.MirrorAxes);
        Assert.Equal("mine", read.Plans.Configuration.Name);
        Assert.Equal([1.0, 1, 1], read.Plans.Configuration.Spacing);
        Assert.Equal([8, 16, 16], read.Plans.Configuration.Patch);
    }

    [Fact]
    public void What_names_training_cases_stays_behind()
    {
        _small.DataSet["training"] = JsonNode.Parse("""[{ "image": "./imagesTr/MILLER_ANNE_0000.nii.gz" }]""");
        _small.DataSet["description"] = "MILLER ANNE and others";
        _small.Plans["plans_per_case"] = JsonNode.Parse("""{ "MILLER_ANNE": 1 }""");
        _small.Plans["configurations"]!["2d"] = JsonNode.Parse("""{ "note": "MILLER ANNE" }""");
        PancreasModel model = ForeignModel.ReadNnUNet(_small.Write(_folder.FullName));
        foreach (string name in (string[])["m.safetensors", "m.onnx"])
        {
            ModelFile.Write(model, _folder.File(name));
            Assert.DoesNotContain("MILLER", Encoding.Latin1.GetString(File.ReadAllBytes(_folder.File(name))), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_plan_or_weight_that_was_changed_is_refused()
    {
        ModelFile.Write(ForeignModel.ReadNnUNet(_small.Write(_folder.FullName)), FilePath);
        byte[] whole = File.ReadAllBytes(FilePath);
        int mean = whole.AsSpan().IndexOf("50.0"u8);
        foreach (int at in (int[])[mean, whole.Length - 2])
        {
            byte[] changed = [.. whole];
            changed[at] ^= 1;
            File.WriteAllBytes(FilePath, changed);
            Assert.Contains("SHA-256 differs", Refused(Fault.ModelFormatUnknown, () => ModelFile.Read(FilePath)).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Folds_are_chosen_among_those_in_the_file()
    {
        _small.Folds["fold_1"] = () => new CheckpointWriter();
        string folder = _small.Write(_folder.FullName);
        PancreasModel read = Written(ForeignModel.ReadNnUNet(folder));
        Assert.Equal(ForeignModel.ReadNnUNet(folder, ["1"]).Sha256, ForeignModel.WithFolds(read, ["1"]).Sha256);
        Assert.Contains("0, 1", Refused(Fault.ModelFormatUnknown, () => ForeignModel.WithFolds(read, ["2"])).Message,
            StringComparison.Ordinal);
        Refused(Fault.SettingInvalid, () => ForeignModel.WithFolds(TestModels.Model(), ["0"]));
    }

    [Fact]
    public void Of_chosen_classes_the_weights_stay_whole_and_the_others_mean_background()
    {
        string folder = _small.Write(_folder.FullName);
        PancreasModel whole = ForeignModel.ReadNnUNet(folder), model = ForeignModel.ReadNnUNet(folder, classes: ["PANC*"]);
        PancreasModel read = Written(model);
        Assert.Equal(["background", "pancreas"], read.ClassNames);
        Assert.Equal([0, 0, 2], read.NnUNetSource!.Labels.LabelOfChannel);
        Assert.Equal((3, whole.Sha256, whole.ParameterCount), (read.NnUNetSource.Labels.Channels, read.Sha256, read.ParameterCount));
        Assert.Equal(model.Identity, read.Identity);
        Assert.NotEqual(whole.Identity, read.Identity);                          // a batch with other classes is another batch
        Assert.Equal(["pancreas"], ForeignModel.WithFolds(read, ["0"]).NnUNetSource!.Labels.Kept!);
        Assert.Equal(whole.Identity, ForeignModel.ReadNnUNet(folder, classes: ["spleen"]).Identity);   // all there are
        Assert.Contains("spleen, pancreas", Refused(Fault.SettingInvalid,
            () => ForeignModel.ReadNnUNet(folder, classes: ["pancreas", "liver"])).Remedy!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_region_that_is_left_out_still_takes_its_voxels_from_those_before_it()
    {
        _small.DataSet["labels"] = JsonNode.Parse("""{ "background": 0, "pancreas": [1, 2], "tumour": 2, "duct": 1 }""");
        _small.DataSet["regions_class_order"] = new JsonArray(1, 2, 1);
        NnUNetLabels labels = NnUNetLabels.Parse(Encoding.UTF8.GetBytes(_small.DataSet.ToJsonString()), "dataset.json").Only(["pancreas"]);
        Assert.Equal(["pancreas"], labels.Classes.Select(c => c.Name));
        Assert.Equal([1, 0, 1], labels.LabelOfChannel);                          // the duct's voxels have the number of the pancreas
    }

    [Fact]
    public void Classes_that_the_data_set_has_not_are_refused()
    {
        ModelFile.Write(ForeignModel.ReadNnUNet(_small.Write(_folder.FullName), classes: ["pancreas"]), FilePath);
        byte[] file = File.ReadAllBytes(FilePath);
        int at = file.AsSpan().IndexOf("""[\u0022pancreas\u0022]"""u8);
        file.AsSpan(at + 7, 8).Fill((byte)'x');
        File.WriteAllBytes(FilePath, file);
        Assert.Contains("its classes", Refused(Fault.ModelFormatUnknown, () => ModelFile.Read(FilePath)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_onnx_file_holds_one_fold_and_its_plan()
    {
        _small.Folds["fold_1"] = () => new CheckpointWriter();
        PancreasModel model = ForeignModel.ReadNnUNet(_small.Write(_folder.FullName));
        string path = _folder.File("m.onnx");
        Assert.Contains("-Fold", Refused(Fault.ModelNotSupported, () => ModelFile.Write(model, path)).Remedy!, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
        PancreasModel one = ForeignModel.WithFolds(model, ["1"]);
        ModelFile.Write(one, path);
        PancreasModel read = ModelFile.Read(path);
        Assert.Equal((one.Sha256, one.Name), (read.Sha256, read.Name));
        Assert.Equivalent(one.NnUNet, read.NnUNet, strict: true);
        Assert.NotNull(read.Onnx);
        ModelFile.Write(read, FilePath);
        Assert.Equal(one.Sha256, ModelFile.Read(FilePath).Sha256);
    }

    [Fact]
    public void No_onnx_file_holds_a_model_and_its_locator()
    {
        PancreasModel model = ForeignModel.ReadNnUNet(_small.Write(_folder.FullName)).WithLocator(TestModels.Model());
        Refused(Fault.ModelNotSupported, () => ModelFile.Write(model, _folder.File("m.onnx")));
        Assert.False(File.Exists(_folder.File("m.onnx")));
    }

    [Theory]
    [InlineData("own")]
    [InlineData("nnU-Net")]
    [InlineData("two stages")]
    public void One_file_holds_a_model_and_what_locates_for_it(string first)
    {
        PancreasModel small = ForeignModel.ReadNnUNet(_small.Write(_folder.FullName)), locator = first switch
        {
            "own" => TestModels.Model(),
            "nnU-Net" => small,
            _ => BrightTissueModel.Create(60, new PreprocessPlan { Spacing = [2, 2, 2], BoxSize = [64, 64, 64] })
                .WithLocator(TestModels.Model()),
        };
        PancreasModel model = small.WithLocator(locator);
        ModelFile.Write(model, FilePath);
        PancreasModel read = ModelFile.Read(FilePath);
        Assert.Equal((model.Name, model.Sha256, model.Identity, model.ParameterCount),
            (read.Name, read.Sha256, read.Identity, read.ParameterCount));
        Assert.Equal((locator.Name, locator.IsTwoStage), (read.Locator!.Name, read.Locator.IsTwoStage));
        Assert.Equivalent(model.NnUNet, read.NnUNet, strict: true);

        // Descriptions and weights of the stages belong together.
        byte[] file = File.ReadAllBytes(FilePath);
        int at = file.AsSpan().IndexOf("pancreasseg.locator"u8);
        file[at + "pancreasseg.".Length] ^= 1;
        Assert.Contains(Refused(() => ModelFile.Read(_folder.File("damaged.safetensors", file))),
            (Fault[])[Fault.ModelPlanMismatch, Fault.ModelFormatUnknown]);
    }

    private static Fault Refused(Func<object> action) => Assert.Throws<CoreException>(action).Fault;

    [Fact]
    public void Damaged_files_are_refused_or_read_never_more()
    {
        PancreasModel model = ForeignModel.ReadNnUNet(_small.Write(_folder.FullName));
        var random = new Random(3);
        foreach (string name in (string[])["m.safetensors", "m.onnx"])
        {
            string path = _folder.File(name);
            ModelFile.Write(model, path);
            byte[] whole = File.ReadAllBytes(path);
            int text = whole.AsSpan().IndexOf("formatVersion"u8);
            for (int i = 0; i < 150; i++)
            {
                byte[] mutant = i % 5 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
                int at = i % 2 == 0 ? random.Next(mutant.Length + 1) : text + random.Next(3000);
                if (at < mutant.Length) mutant[at] = (byte)random.Next(256);
                File.WriteAllBytes(path, mutant);
                try
                {
                    ModelFile.Read(path);
                }
                catch (CoreException e)
                {
                    Assert.Contains(e.Fault, (Fault[])[Fault.ModelFormatUnknown, Fault.ModelPlanMismatch, Fault.ModelNotSupported]);
                }
            }
        }
    }

    private PancreasModel Written(PancreasModel model)
    {
        ModelFile.Write(model, FilePath);
        return ModelFile.Read(FilePath);
    }

    private static CoreException Refused(Fault fault, Action read)
    {
        var error = Assert.Throws<CoreException>(read);
        Assert.Equal(fault, error.Fault);
        return error;
    }
}
