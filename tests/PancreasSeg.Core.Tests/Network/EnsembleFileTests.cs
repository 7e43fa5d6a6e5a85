using System.Text;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Network;

public sealed class EnsembleFileTests : IDisposable
{
    private static readonly PreprocessPlan s_box = new() { Spacing = [2, 2, 2], BoxSize = [64, 48, 40] };

    private readonly TemporaryFolder _folder = new();

    private string FilePath => _folder.File("e.safetensors");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Members_keep_thresholds_of_their_own_in_a_file_and_none_that_makes_no_sense()
    {
        PancreasModel one = TestModels.Model();
        PancreasModel At(double threshold) => new(one.Header with { Threshold = threshold }, one.Weights);
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            PancreasModel model = ModelEnsemble.Of("e", [At(0.3), At(0.5)], [new(0.7, 0.9, 0.9)]);
            ModelFile.Write(model, path);
            foreach (PancreasModel ensemble in (PancreasModel[])[model, ModelFile.Read(path)])
            {
                Assert.Equal(0.7, ensemble.Threshold);
                Assert.Equal([0.3, 0.5], ensemble.Members.Select(m => m.Threshold));
            }
            Assert.Equal(model.Identity, ModelEnsemble.Of("e", [At(0.4), At(0.5)], [new(0.7, 0.9, 0.9)]).Identity);
            // As earlier drafts wrote it.
            EnsembleHeader members = model.Header.Ensemble!;
            ModelFile.Write(PancreasModel.Of(model.Header with
            {
                Ensemble = members with { Members = [.. members.Members.Select(m => m with { Threshold = null })] },
            }, model.Readers), path);
            Assert.Equal([0.7, 0.7], ModelFile.Read(path).Members.Select(m => m.Threshold));
            ModelFile.Write(ModelEnsemble.Of("e", [At(1.5), At(0.5)], [new(0.7, 0.9, 0.9)]), path);
            Assert.Equal(Fault.ModelFormatUnknown, Assert.Throws<CoreException>(() => ModelFile.Read(path)).Fault);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Every_member_is_read_as_it_was_written_and_only_when_asked_for()
    {
        PancreasModel[] members = [.. Enumerable.Range(1, 3).Select(Member)];
        PancreasModel written = ModelEnsemble.Of("e", members);
        ModelFile.Write(written, FilePath);
        PancreasModel read = ModelFile.Read(FilePath);

        Assert.Equal((written.Sha256, written.Name, 0.4, 3 * members[0].ParameterCount),
            (read.Sha256, read.Name, Math.Round(read.Threshold, 12), read.ParameterCount));
        Assert.Equal(members.Select(m => (m.Name, m.Sha256, m.Threshold == 0.4)), read.Members.Select(m => (m.Name, m.Sha256, true)));
        Assert.Equal(["case 1", "case 2", "case 3"], read.Validation.Select(v => v.Case));
        foreach ((PancreasModel member, PancreasModel other) in members.Zip(read.Members))
            Assert.All(member.Weights.Tensors, t => Assert.Equal(t.Values, other.Weights.Find(t.Shape.Name)!.Values));
        Assert.NotSame(read.Members[1].Weights, read.Members[1].Weights);
        Assert.NotEqual(written.Sha256, ModelEnsemble.Of("e", [.. members.Reverse()]).Sha256);

        // The same once more gives the same bytes, from memory as from the file.
        ModelFile.Write(read, _folder.File("again.safetensors"));
        Assert.Equal(File.ReadAllBytes(FilePath), File.ReadAllBytes(_folder.File("again.safetensors")));
    }

    [Fact]
    public void Each_member_keeps_what_it_comes_from_and_the_ensemble_names_all_of_it()
    {
        ModelAncestor one = new("base1", "c0ffee", "A", "MIT"), two = new("base2", "decaf", "B", "CC0"), root = new("root", "0", "C", "CC0");
        PancreasModel[] members = [From(1, one, root), From(2, two, root), Member(3)];
        ModelFile.Write(ModelEnsemble.Of("e", members), FilePath);
        PancreasModel read = ModelFile.Read(FilePath);
        Assert.Equal([one, root, two], read.Lineage);
        Assert.Equal(members.Select(m => (m.TrainingData, m.License)), read.Members.Select(m => (m.TrainingData, m.License)));
        Assert.All(members.Zip(read.Members), pair => Assert.Equal(pair.First.Lineage, pair.Second.Lineage));
        Assert.Null(ModelEnsemble.Of("e", [Member(1), Member(2)]).Header.Lineage);

        // Where the weights come from decides no mask; which weights they are does.
        Assert.Equal(read.Identity, ModelEnsemble.Of("other", [Member(1).Named("a"), Member(2), Member(3)]).Identity);
        Assert.NotEqual(read.Identity, ModelEnsemble.Of("e", [Member(2), Member(1), Member(3)]).Identity);

        // A member by itself is a model like any other.
        ModelFile.Write(read.Members[1], _folder.File("one.safetensors"));
        Assert.Equal([two, root], ModelFile.Read(_folder.File("one.safetensors")).Lineage);
        (Dictionary<string, string> metadata, List<WeightTensor> tensors) = Read();
        int last = metadata["pancreasseg"].LastIndexOf("\"lineage\":[", StringComparison.Ordinal) + "\"lineage\":[".Length;
        metadata["pancreasseg"] = metadata["pancreasseg"].Insert(last, "null,");
        Broken(metadata, tensors, Fault.ModelFormatUnknown, "null");
    }

    [Fact]
    public void A_locator_comes_before_all_members()
    {
        PancreasModel boxed = BrightTissueModel.Create(60, s_box);
        PancreasModel model = ModelEnsemble.Of("e", [boxed, boxed]).WithLocator(TestModels.Model());
        ModelFile.Write(model, FilePath);
        PancreasModel read = ModelFile.Read(FilePath);
        Assert.Equal((2, "test model", model.Sha256), (read.Members.Count, read.Locator!.Name, read.Sha256));
        Assert.Equal(Fault.ModelPlanMismatch,
            Assert.Throws<CoreException>(() => boxed.WithLocator(ModelEnsemble.Of("l", [Member(1), Member(2)]))).Fault);
    }

    [Theory]
    [InlineData("network.filters (4 and 2)")]
    [InlineData("plan.spacing ([1.5,1.5,3] and [2,2,2])")]
    [InlineData("classNames (")]
    public void The_first_difference_of_members_is_named(string difference)
    {
        PancreasModel other = difference[0] switch
        {
            'n' => TestModels.Model(TestModels.Small with { Filters = 2 }),
            'p' => TestModels.Model().Planned(new PreprocessPlan { Spacing = [2, 2, 2], WindowLow = -100 }),
            _ => new PancreasModel(Member(1).Header with { ClassNames = ["background", "gland"] }, TestModels.Weights(TestModels.Small)),
        };
        CoreException e = Assert.Throws<CoreException>(() => ModelEnsemble.Of("e", [Member(1), other.Named("odd")]));
        Assert.Equal(Fault.ModelPlanMismatch, e.Fault);
        Assert.Contains(difference, e.Message, StringComparison.Ordinal);
        Assert.Contains("'odd'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_can_be_no_member_is_refused()
    {
        PancreasModel ensemble = ModelEnsemble.Of("e", [Member(1), Member(2)]);
        Refused(Fault.SettingInvalid, () => ModelEnsemble.Of("e", [Member(1)]));
        CoreException many = Refused(Fault.SettingInvalid, () => ModelEnsemble.Of("e", [.. Enumerable.Repeat(Member(1), 10)]));
        Assert.Contains("9 at most", many.Remedy, StringComparison.Ordinal);
        Refused(Fault.ModelNotSupported, () => ModelEnsemble.Of("e", [ensemble, Member(1)]));
        PancreasModel boxed = BrightTissueModel.Create(60, s_box);
        PancreasModel other = TestModels.Model(weights: TestModels.Weights(TestModels.Small, 9));
        Refused(Fault.ModelPlanMismatch,
            () => ModelEnsemble.Of("e", [boxed.WithLocator(TestModels.Model()), boxed.WithLocator(other)]));
        Refused(Fault.ModelPlanMismatch, () => ModelEnsemble.Of("e", [boxed.WithLocator(TestModels.Model()), boxed]));
        PancreasModel both = ModelEnsemble.Of("e", [boxed.WithLocator(other), boxed.WithLocator(other)]);
        Assert.Equal((other.Sha256, boxed.Sha256), (both.Locator!.Sha256, both.Members[1].Sha256));
        Refused(Fault.ModelNotSupported, () => ModelFile.Write(ensemble, _folder.File("e.onnx")));
        Refused(Fault.SettingInvalid, () => new TrainingOptions { Network = TestModels.Small, Start = ensemble }.Validate());
    }

    [Fact]
    public void A_damaged_member_is_named_when_the_file_is_read_and_when_its_turn_comes()
    {
        ModelFile.Write(ModelEnsemble.Of("e", [Member(1), Member(2), Member(3)]), FilePath);
        PancreasModel read = ModelFile.Read(FilePath);
        byte[] file = File.ReadAllBytes(FilePath);
        int ofOne = file.Length - (int)(4 * read.Members[0].ParameterCount) - 3;       // the last weight of the second
        file[ofOne] ^= 1;
        File.WriteAllBytes(FilePath, file);

        foreach (Action act in (Action[])[() => ModelFile.Read(FilePath), () => _ = read.Members[1].Weights])
            Assert.Contains("member 1 (fold2)", Refused(Fault.ModelFormatUnknown, act).Message, StringComparison.Ordinal);
        Assert.Equal(read.Members[2].Sha256, read.Members[2].Weights.Sha256());

        File.Delete(FilePath);
        Refused(Fault.FileReadFailed, () => _ = read.Members[0].Weights);
    }

    [Fact]
    public void Members_and_their_description_belong_together()
    {
        ModelFile.Write(ModelEnsemble.Of("e", [Member(1), Member(2)]), FilePath);
        (Dictionary<string, string> metadata, List<WeightTensor> tensors) = Read();
        Assert.Contains("\"formatVersion\":2", metadata["pancreasseg"], StringComparison.Ordinal);
        Assert.Contains("\"combine\":\"mean-probability\"", metadata["pancreasseg"], StringComparison.Ordinal);

        Broken(metadata, [.. tensors.Where(t => t.Shape.Name != "member1.head0.bias")], Fault.ModelPlanMismatch, "member 1 (fold2)");
        Broken(metadata, [.. tensors, new WeightTensor(new WeightShape("member2.head0.bias", 1), [0])], Fault.ModelPlanMismatch, "member2");
        Broken(metadata, [.. tensors, new WeightTensor(new WeightShape("head0.bias", 1), [0])], Fault.ModelPlanMismatch, "no member");
        // Exchanged members are other ones.
        Broken(metadata, [.. tensors.Select(t => t with
        {
            Shape = new WeightShape($"member{('1' - t.Shape.Name[6])}{t.Shape.Name[7..]}", t.Shape.Shape),
        })], Fault.ModelFormatUnknown, "member 0 (fold1)");

        string description = metadata["pancreasseg"];
        foreach ((string old, string @new) in ((string, string)[])[("\"formatVersion\":2", "\"formatVersion\":1"),
            ("mean-probability", "mean-logit"), ("\"combine\"", "\"other\""), ("\"version\":1", "\"version\":2")])
        {
            metadata["pancreasseg"] = description.Replace(old, @new, StringComparison.Ordinal);
            Broken(metadata, tensors, Fault.ModelFormatUnknown, "");
        }
    }

    [Fact]
    public void A_model_that_has_learnt_from_simulations_alone_says_so_in_its_file_and_as_a_member()
    {
        PancreasModel model = TestModels.Model(), simulated = new(model.Header with { SimulatedOnly = true }, model.Weights);
        ModelFile.Write(simulated, FilePath);
        Assert.True(ModelFile.Read(FilePath).SimulatedOnly);
        Assert.Contains("\"formatVersion\":4", Read().Item1["pancreasseg"], StringComparison.Ordinal);
        // It says how far to trust a mask, not what the mask is.
        Assert.Equal(model.Identity, simulated.Identity);

        string onnx = Path.ChangeExtension(FilePath, ".onnx");
        ModelFile.Write(simulated, onnx);
        Assert.True(ModelFile.Read(onnx).SimulatedOnly);
        Assert.True(ModelEnsemble.Of("e", [simulated, simulated]).SimulatedOnly);
        ModelFile.Write(ModelEnsemble.Of("e", [simulated, model]), FilePath);
        PancreasModel mixed = ModelFile.Read(FilePath);
        Assert.Equal([false, true, false], [mixed.SimulatedOnly, .. mixed.Members.Select(m => m.SimulatedOnly)]);
        Assert.Contains("\"formatVersion\":4", Read().Item1["pancreasseg"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_model_says_nothing_of_members()
    {
        ModelFile.Write(TestModels.Model(), FilePath);
        string bytes = Encoding.Latin1.GetString(File.ReadAllBytes(FilePath));
        Assert.DoesNotContain("ensemble", bytes, StringComparison.Ordinal);
        Assert.Contains("\"formatVersion\":1", bytes.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\u0022", "\"",
            StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Empty(ModelFile.Read(FilePath).Members);
    }

    private static PancreasModel From(int seed, params ModelAncestor[] lineage)
    {
        PancreasModel model = Member(seed);
        return new PancreasModel(
            model.Header with { Lineage = lineage, TrainingData = $"data {seed}", License = $"terms {seed}" }, model.Weights);
    }

    private static PancreasModel Member(int seed)
    {
        PancreasModel model = TestModels.Model(weights: TestModels.Weights(TestModels.Small, seed));
        return new PancreasModel(model.Header with
        {
            Name = $"fold{seed}",
            Validation = [new ValidationScore($"case {seed}", 0.8, 0.9, 0.7)],
        }, model.Weights);
    }

    private (Dictionary<string, string>, List<WeightTensor>) Read()
    {
        using FileStream stream = File.OpenRead(FilePath);
        return SafetensorsFile.Read(stream);
    }

    private void Broken(Dictionary<string, string> metadata, List<WeightTensor> tensors, Fault fault, string says)
    {
        string path = _folder.File("broken.safetensors");
        // Without the hash of the description, which would refuse all of them alike.
        var bare = metadata.Where(e => !e.Key.EndsWith("sha256", StringComparison.Ordinal)).ToDictionary();
        AtomicFile.Write(path, overwrite: true, stream => SafetensorsFile.Write(stream, bare, tensors));
        Assert.Contains(says, Refused(fault, () => ModelFile.Read(path)).Message, StringComparison.Ordinal);
    }

    private static CoreException Refused(Fault fault, Action act)
    {
        CoreException e = Assert.Throws<CoreException>(act);
        Assert.Equal(fault, e.Fault);
        return e;
    }
}
