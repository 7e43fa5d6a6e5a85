using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Network;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public sealed class WeightMeanTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Runs_that_began_with_one_model_have_a_mean()
    {
        PancreasModel[] members = [Run(1, "c0ffee"), Run(2, "c0ffee"), Run(3, "c0ffee")];
        PancreasModel mean = FoldEnsemble.Average("mean", members);
        Assert.All(mean.Weights.Tensors, t =>
        {
            for (int i = 0; i < t.Values.Length; i++)
                Assert.Equal(members.Average(m => (double)m.Weights.Find(t.Shape.Name)!.Values[i]), t.Values[i], 1e-6);
        });
        Assert.Empty(mean.Members);
        Assert.Equal(["start", "before 1", "before 2", "before 3"], mean.Lineage.Select(a => a.Name));
        Assert.Empty(mean.Validation);
        string path = _folder.File("mean.safetensors");
        ModelFile.Write(mean, path);
        Assert.Equal(("mean", mean.Sha256), (ModelFile.Read(path).Name, ModelFile.Read(path).Sha256));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void The_model_they_began_with_may_be_one_of_them(int place)
    {
        PancreasModel start = Run(4, "another");
        List<PancreasModel> members = [Run(1, start.Sha256), Run(2, start.Sha256)];
        members.Insert(place, start);
        PancreasModel mean = FoldEnsemble.Average("mean", members);
        Assert.Equal(members.Average(m => (double)m.Weights.Tensors[0].Values[0]), mean.Weights.Tensors[0].Values[0], 1e-6);
        Assert.Equal(start.Sha256, mean.Lineage[0].Sha256);
        Assert.Equal(start.Sha256, FoldEnsemble.Average("mean of a mean", [start, mean]).Lineage[0].Sha256);
        members.Insert(place, Run(3, "decaf"));
        CoreException e = Assert.Throws<CoreException>(() => FoldEnsemble.Average("mean", members));
        Assert.Equal(Fault.RunsNotRelated, e.Fault);
        Assert.Contains("' and 'run3' began with different models", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'run3' and", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("decaf", "began with different models")]
    [InlineData(null, "did not begin with")]
    public void Others_are_not_related(string? start, string says)
    {
        CoreException e = Assert.Throws<CoreException>(() => FoldEnsemble.Average("mean", [Run(1, "c0ffee"), Run(2, start)]));
        Assert.Equal(Fault.RunsNotRelated, e.Fault);
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.Contains("'run2'", e.Message, StringComparison.Ordinal);
    }

    private static PancreasModel Run(int seed, string? start)
    {
        PancreasModel model = TestModels.Model(weights: TestModels.Weights(TestModels.Small, seed));
        return new PancreasModel(model.Header with
        {
            Name = $"run{seed}",
            Lineage = start is null ? null : [new ModelAncestor("start", start, "", ""), new ModelAncestor($"before {seed}", $"{seed}", "", "")],
        }, model.Weights);
    }
}
