using PancreasSeg.Nifti;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public sealed class SetMemoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_headers_tell_is_what_prepared_cases_take()
    {
        TrainingCaseSource[] cases = [Source("a", 40), Source("b", 24)];
        foreach (PreprocessPlan plan in (PreprocessPlan[])[new() { Spacing = [4, 4, 4] }, new() { Size = [32, 48, 20] },
            new() { Spacing = [3, 3, 4], BoxSize = [84, 90, 56] }])
        {
            var preparation = new CasePreparation(new TrainingOptions { Plan = plan });
            PreparedCase[] prepared = [.. cases.Select(c => preparation.PrepareWithReference(c.Read(default), default))];
            Assert.Equal(
                prepared.Sum(c => sizeof(float) * (long)c.Input.Values.Length + c.Classes.Length), SetMemory.Estimate(cases, plan));
        }
        // What tells nothing counts as the others; where nothing tells, nothing is said.
        var unknown = new TrainingCaseSource("c", _ => throw new InvalidOperationException());
        var whole = new PreprocessPlan { Spacing = [4, 4, 4] };
        Assert.Equal(SetMemory.Estimate(cases, whole) * 3 / 2, SetMemory.Estimate([.. cases, unknown], whole));
        Assert.Null(SetMemory.Estimate([unknown with { Files = [_folder.File("none.nii")] }], whole));
    }

    [Fact]
    public void Cases_that_fill_the_memory_are_told_once_with_figure_and_remedy_and_those_on_disk_never()
    {
        TrainingCaseSource[] cases = [.. Enumerable.Range(0, 3).Select(i => Source($"{i}", 40))];
        var plan = new PreprocessPlan { Spacing = [1, 1, 1] };
        long bytes = SetMemory.Estimate(cases, plan)!.Value;
        var told = new List<string>();
        using var cache = new PreparedCache(null);
        cache.WarnOfMemory(cases, new TrainingOptions { Plan = plan }, bytes * 2 - 2, told.Add);
        cache.WarnOfMemory(cases, new TrainingOptions { Plan = plan }, bytes * 2 - 2, told.Add);
        string text = Assert.Single(told);
        foreach (string part in (string[])["3 prepared cases", $"{bytes >> 20} MB", "-CachePath"])
            Assert.Contains(part, text, StringComparison.Ordinal);

        using var roomy = new PreparedCache(null);
        roomy.WarnOfMemory(cases, new TrainingOptions { Plan = plan }, bytes * 2, told.Add);
        using var onDisk = new PreparedCache(_folder.File("cache"));
        onDisk.WarnOfMemory(cases, new TrainingOptions { Plan = plan }, 1, told.Add);
        Assert.Single(told);
    }

    private TrainingCaseSource Source(string name, int slices)
    {
        VolumeGrid grid = VolumeGrid.Axial(52, 48, slices, new(3, 3, 4));
        short[] hu = new short[grid.VoxelCount];
        byte[] labels = new byte[grid.VoxelCount];
        labels[grid.IndexOf(25, 25, slices / 2)] = 1;
        var source = new VolumeSource(name);
        string ct = _folder.File($"{name}.nii.gz"), label = _folder.File($"{name}-label.nii.gz");
        NiftiFile.Write(ct, new CtVolume(grid, hu, source));
        NiftiFile.Write(label, new LabelVolume(grid, labels, source));
        return new TrainingCaseSource(name, cancellation =>
            new TrainingCase(NiftiFile.ReadCt(ct, cancellation), NiftiFile.ReadLabels(label, cancellation), name))
        { Files = [ct, label] };
    }
}
