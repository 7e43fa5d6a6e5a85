using System.Security.Cryptography;
using System.Text;
using PancreasSeg.Batch;
using PancreasSeg.Core.Tests.Evaluation;
using PancreasSeg.Dicom;
using PancreasSeg.Evaluation;
using PancreasSeg.Network;
using PancreasSeg.Postprocess;
using PancreasSeg.Preprocess;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Batch;

/// <summary>Journals of earlier versions hold these keys: another text would do all their studies again.</summary>
public class StudyKeyTests
{
    private static readonly PancreasModel s_model = BatchFixture.Model();
    private static readonly BatchOptions s_options = new() { Path = "studies", OutputPath = "out" };

    [Fact]
    public void The_key_is_the_hash_of_a_text_that_never_changes()
    {
        string plain = $"a|c0ffee|{s_model.Identity}|0.5|False|False|False|3|"
            + "SeriesRules { DescriptionLike = , ThinnestSlice = False, MostSlices = False, Newest = False }";
        Assert.Equal(Sha256(plain), StudyKey.Of("a", "c0ffee", s_model, s_options));
        BatchOptions other = s_options with
        {
            Segmentation = new SegmentationOptions { Threshold = 0.25, LargestComponent = true, AcceptAnyInput = true },
            Series = new CtSeriesOptions
            {
                Regularize = true,
                MaxGap = 1.5,
                Rules = new SeriesRules { DescriptionLike = "*portal*", Newest = true },
            },
        };
        string changed = $"b|beef|{s_model.Identity}|0.25|True|True|True|1.5|"
            + "SeriesRules { DescriptionLike = *portal*, ThinnestSlice = False, MostSlices = False, Newest = True }";
        Assert.Equal(Sha256(changed), StudyKey.Of("b", "beef", s_model, other));
        BatchOptions objects = s_options with { DicomOutput = [DicomObjectKind.Preview, DicomObjectKind.Seg, DicomObjectKind.Preview] };
        Assert.Equal(Sha256(plain + "|Seg|Preview"), StudyKey.Of("a", "c0ffee", s_model, objects));
        Assert.Equal(Sha256(plain + "|Seg|Preview|OnSourceSlices"),
            StudyKey.Of("a", "c0ffee", s_model, objects with { OnSourceSlices = true }));
    }

    /// <summary>Masks of such models have changed with the vessels that are left out and with the places of the box: studies of earlier
    /// journals are done again.</summary>
    [Fact]
    public void Models_with_bounds_of_HU_or_a_box_have_other_keys()
    {
        string plain = "|0.5|False|False|False|3|SeriesRules { DescriptionLike = , ThinnestSlice = False, MostSlices = False, Newest = False }";
        PancreasModel bounded = s_model.Planned(s_model.Plan with { EnhancedHu = [20, 130] }),
            boxed = s_model.Planned(new PreprocessPlan { Spacing = [4, 4, 4], BoxSize = [64, 64, 64], EnhancedHu = [20, 130] });
        Assert.Equal(Sha256($"a|c0ffee|{bounded.Identity}{plain}|SmoothVesselTrim"), StudyKey.Of("a", "c0ffee", bounded, s_options));
        Assert.Equal(Sha256($"a|c0ffee|{boxed.Identity}{plain}|SmoothVesselTrim|OneBox"), StudyKey.Of("a", "c0ffee", boxed, s_options));
    }

    /// <summary>The box of such a model is that of its locator's mask.</summary>
    [Fact]
    public void What_changes_the_mask_of_a_locator_changes_the_key_of_the_model_behind_it()
    {
        using var folder = new TemporaryFolder();
        var small = new SmallNnUNet();
        PancreasModel refiner = ForeignModel.ReadNnUNet(small.Write(folder.FullName)),
            boxed = s_model.Planned(new PreprocessPlan { Spacing = [4, 4, 4], BoxSize = [64, 64, 64], EnhancedHu = [20, 130] }),
            whole = refiner.WithLocator(s_model), behind = refiner.WithLocator(boxed.WithLocator(s_model));
        string Plain(PancreasModel model) => FormattableString.Invariant($"a|c0ffee|{model.Identity}|{model.Threshold}")
            + "|False|False|False|3|SeriesRules { DescriptionLike = , ThinnestSlice = False, MostSlices = False, Newest = False }";
        Assert.Equal(Sha256(Plain(whole)), StudyKey.Of("a", "c0ffee", whole, s_options));
        Assert.Equal(Sha256(Plain(behind) + "|SmoothVesselTrim|OneBox"), StudyKey.Of("a", "c0ffee", behind, s_options));
    }

    [Fact]
    public void Names_and_lengths_of_files_are_content()
    {
        using var folder = new TemporaryFolder();
        string Content(string study, params (string Name, string Text)[] files)
        {
            string path = folder.File(study);
            Directory.CreateDirectory(path);
            foreach ((string name, string text) in files) File.WriteAllText(Path.Combine(path, name), text);
            return new BatchStudy(study, path).ContentHash(new(), default);
        }
        string hash = Content("a", ("1.dcm", "ab"), ("2.dcm", "c"));
        Assert.Equal(hash, Content("b", ("1.dcm", "ab"), ("2.dcm", "c")));
        Assert.NotEqual(hash, Content("c", ("1.dcm", "ab"), ("3.dcm", "c")));
        Assert.NotEqual(hash, Content("d", ("1.dcm", "a"), ("2.dcm", "bc")));
        Assert.Equal(Sha256("1.dcm\n2\nab2.dcm\n1\nc"), hash);
    }

    [Theory]
    [InlineData("1.2.840.10008.5.1.4.1.1.66.4", true)]
    [InlineData("1.2.840.10008.5.1.4.1.1.66.7", true)]
    [InlineData("1.2.840.10008.5.1.4.1.1.481.3", true)]
    [InlineData("1.2.840.10008.5.1.4.1.1.7", true)]
    [InlineData("1.2.840.10008.5.1.4.1.1.7.4", true)]
    [InlineData("1.2.840.10008.5.1.4.1.1.88.33", true)]
    [InlineData("1.2.840.10008.5.1.4.1.1.2", false)]
    [InlineData("1.2.840.10008.5.1.4.1.1.2.1", false)]
    [InlineData("1.2.840.10008.5.1.4.1.1.77.1.6", false)]
    public void Objects_made_of_a_ct_are_no_content(string sopClass, bool isResult)
    {
        using var folder = new TemporaryFolder();
        string study = Directory.CreateDirectory(folder.File("study")).FullName;
        File.WriteAllBytes(Path.Combine(study, "b.dcm"), TestSeries.Slice(0).File());
        string before = new BatchStudy("s", study).ContentHash(new(), default);
        File.WriteAllBytes(Path.Combine(study, "a.dcm"), TestSeries.Slice(1).Text(DicomTag.SopClassUid, "UI", sopClass).File());
        Assert.Equal(isResult, before == new BatchStudy("s", study).ContentHash(new(), default));
    }

    [Fact]
    public void What_does_not_change_the_mask_is_not_in_its_key_and_an_ensemble_has_no_names()
    {
        PancreasModel Model(string name, PostprocessChoice? choice, QualityModel? quality) =>
            ModelEnsemble.Of("e", [s_model.Named(name), s_model], null, choice, quality);
        var rule = new PostprocessChoice(new(PostprocessKind.FillHoles), 40, 0.01, 0.005, 0.02, 0);
        PancreasModel plain = Model("a", null, null), ruled = Model("a", rule, null);
        string Mask(PancreasModel model, SegmentationOptions mask) =>
            StudyKey.OfMask("a", "c0ffee", model, s_options with { Segmentation = mask });
        Assert.Equal(StudyKey.Of("a", "c0ffee", plain, s_options), StudyKey.Of("a", "c0ffee", plain, s_options with { ReviewBelow = 0.7 }));
        Assert.Equal(Mask(plain, new()), Mask(plain, new() { NoPostprocess = true }));
        Assert.NotEqual(Mask(ruled, new()), Mask(ruled, new() { NoPostprocess = true }));
        Assert.NotEqual(Mask(ruled, new()), Mask(plain, new()));

        Assert.Equal(plain.Identity, Model("b", null, null).Identity);
        Assert.Equal(ruled.Identity, Model("a", rule with { Gain = 0.5, Cases = 60 }, null).Identity);
        QualityModel quality = QualityModels.ByVolume(80);
        Assert.Equal(Model("a", null, quality).Identity, Model("a", null, quality with { Coverage = 0.5, Cases = 60 }).Identity);
        Assert.NotEqual(plain.Identity, Model("a", null, quality).Identity);
    }

    [Fact]
    public void Whatever_of_a_model_decides_its_masks_is_in_the_key_and_nothing_else()
    {
        string Key(PancreasModel model) => StudyKey.Of("a", "c0ffee", model, s_options);
        PancreasModel With(Func<ModelHeader, ModelHeader> change) => new(change(s_model.Header), s_model.Weights);
        Assert.Equal(Key(s_model), Key(s_model.Named("another")));
        Assert.Equal(Key(s_model), Key(With(h => h with { License = "other", TrainingData = "other" })));
        Assert.NotEqual(Key(s_model), Key(With(h => h with { Plan = h.Plan with { WindowHigh = h.Plan.WindowHigh + 1 } })));
        Assert.NotEqual(Key(s_model), Key(With(h => h with { Threshold = 0.4 })));

        var plan = new ForeignPlan
        {
            Axes = "RAS",
            Spacing = [2, 2, 2],
            WindowLow = -100,
            WindowHigh = 200,
            Normalization = ForeignNormalization.UnitRange,
            Patch = [16, 16, 16],
            Channel = [1],
            Output = ForeignOutput.Logits,
        };
        PancreasModel Foreign(ForeignPlan p) => PancreasModel.OfForeign("f", p, [1], "sha");
        Assert.Equal(Key(Foreign(plan)), Key(Foreign(plan with { Patch = [16, 16, 16] })));
        Assert.NotEqual(Key(Foreign(plan)), Key(Foreign(plan with { Patch = [16, 16, 32] })));
        Assert.NotEqual(Key(Foreign(plan)), Key(Foreign(plan with { WindowHigh = 201 })));
    }

    [Theory]
    [InlineData("plans.json", "\"std\":40", "\"std\":41")]
    [InlineData("dataset.json", "\"spleen\"", "\"spleen2\"")]
    [InlineData("fold_0/checkpoint_final.pth", null, null)]
    public void A_file_of_an_nnunet_model_that_was_changed_is_another_key(string file, string? before, string? after)
    {
        using var folder = new TemporaryFolder();
        var model = new SmallNnUNet();
        string path = model.Write(folder.FullName), changed = Path.Combine(path, file);
        string Key() => StudyKey.Of("a", "c0ffee", ForeignModel.ReadNnUNet(path), s_options);
        string first = Key();
        Assert.Equal(first, Key());
        if (before is null)
        {
            model.Tamper = weights => weights[0].Values[0] += 0.5f;
            model.Write(folder.FullName);
        }
        else
        {
            string text = File.ReadAllText(changed);
            Assert.Contains(before, text, StringComparison.Ordinal);
            File.WriteAllText(changed, text.Replace(before, after, StringComparison.Ordinal));
        }
        Assert.NotEqual(first, Key());
    }

    [Fact]
    public void An_onnx_file_that_was_changed_is_another_key_or_no_model()
    {
        using var folder = new TemporaryFolder();
        string own = folder.File("m.onnx"), plan = folder.File("plan.json");
        ModelFile.Write(s_model, own);
        Assert.Equal(StudyKey.Of("a", "c0ffee", s_model, s_options), StudyKey.Of("a", "c0ffee", ModelFile.Read(own), s_options));
        byte[] bytes = File.ReadAllBytes(own);
        // The same file as a network of another project, with a plan beside it.
        File.WriteAllText(plan, new ForeignPlan
        {
            Axes = "RAS",
            Spacing = [2, 2, 2],
            WindowLow = -100,
            WindowHigh = 200,
            Normalization = ForeignNormalization.UnitRange,
            Patch = [16, 16, 16],
            Channel = [1],
            Output = ForeignOutput.Logits,
        }.ToJson());
        string Foreign() => StudyKey.Of("a", "c0ffee", ForeignModel.Read(own, plan), s_options);
        string before = Foreign();
        Assert.Equal(before, Foreign());
        // A byte of a node's name, far from the description.
        int at = bytes.AsSpan().IndexOf("Conv"u8);
        bytes[at] = (byte)'K';
        File.WriteAllBytes(own, bytes);
        Assert.NotEqual(before, Foreign());
        Assert.Equal(Fault.ModelFormatUnknown, Assert.Throws<CoreException>(() => ModelFile.Read(own)).Fault);
    }

    [Fact]
    public void Of_a_dicom_study_the_images_of_the_chosen_series_are_content()
    {
        using var series = new TestSeries();
        using var other = new TestSeries(3, "1.2.826.0.1.99.8");
        series.Save();
        string Content(SeriesRules? rules = null) =>
            new BatchStudy("s", series.Folder).ContentHash(new CtSeriesOptions { Rules = rules ?? new() { MostSlices = true } }, default);
        string before = Content();
        File.WriteAllText(Path.Combine(series.Folder, "readme.txt"), "text");
        foreach ((DicomWriter slice, int k) in other.Slices.Select((s, k) => (s, k)))
            File.WriteAllBytes(Path.Combine(series.Folder, $"other{k}"), slice.File());
        Assert.Equal(before, Content());
        Assert.NotEqual(before, Content(new()));                                  // two series, of which none is chosen
        File.WriteAllBytes(Path.Combine(series.Folder, "late"), TestSeries.Slice(7).File());
        Assert.NotEqual(before, Content());
    }

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
