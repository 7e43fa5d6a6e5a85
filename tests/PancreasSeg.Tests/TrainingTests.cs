using System.Management.Automation;
using PancreasSeg.Network;
using PancreasSeg.Training;

namespace PancreasSeg.Tests;

public sealed class TrainingTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>, IDisposable
{
    private const string Small = " -Destination $args[2] -LabelValue 7 -Size 16, 16, 8 -Filter 2 -ThreadCount 2";

    private readonly TestFolder _folder = new();

    private string Model => _folder["box.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Epochs_stream_out_then_the_model_which_segments()
    {
        Invocation run = module.Invoke($"Invoke-PancreasTraining -Image $args[0] -Label $args[1]{Small} -MaxEpoch 3 -Verbose", TestVolumes.Ct(), TestVolumes.Box(), Model).ThrowIfFailed();
        object[] output = [.. run.Values];
        Assert.Equal([1, 2, 3], output[..3].Cast<TrainingEpoch>().Select(e => e.Epoch));
        PancreasModel model = Assert.IsType<PancreasModel>(output[3]);
        Assert.Equal(("box", 7), (model.Name, (int)TestVolumes.Box().Labels.Span[TestVolumes.Grid.IndexOf(20, 16, 8)]));
        Assert.NotEmpty(run.Progress);
        Assert.Equal(["box.safetensors"], _folder.Files);

        SegmentationResult result = module.Invoke("$args[0] | Invoke-PancreasSegmentation -Model $args[1]", TestVolumes.Ct(), Model).Only<SegmentationResult>();
        Assert.Equal(model.Sha256, result.ModelSha256);
    }

    [Fact]
    public void Paths_and_piped_objects_are_the_same_training()
    {
        module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Ct(), _folder["case.nii.gz"]).ThrowIfFailed();
        module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Box(), _folder["label.nii.gz"]).ThrowIfFailed();
        string[] hashes =
        [
            .. new[]
            {
                module.InvokeIn(_folder.FullName, $"Invoke-PancreasTraining -Image case.nii.gz -Label label.nii.gz{Small} -MaxEpoch 2", null, null, Model),
                module.Invoke($"[pscustomobject]@{{ Image = $args[0]; Label = $args[1] }} | Invoke-PancreasTraining{Small} -MaxEpoch 2", TestVolumes.Ct(), TestVolumes.Box(), Model),
            }.Select(run => run.ThrowIfFailed().Values.OfType<PancreasModel>().Single().Sha256),
        ];
        Assert.Equal(hashes[0], hashes[1]);
    }

    [Fact]
    public void WhatIf_trains_nothing()
    {
        Assert.Empty(module.Invoke($"Invoke-PancreasTraining -Image $args[0] -Label $args[1]{Small} -WhatIf", TestVolumes.Ct(), TestVolumes.Box(), Model).ThrowIfFailed().Output);
        Assert.Empty(_folder.Files);
    }

    [Theory]
    [InlineData("Invoke-PancreasTraining -Image $args[0] -Label $args[1] -Destination $args[2] -LabelValue 9 -Size 16, 16, 8 -Filter 2 -MaxEpoch 1", "LabelMissing")]
    [InlineData("Invoke-PancreasTraining -Image $args[0], $args[0] -Label $args[1] -Destination $args[2] -LabelValue 7", "TrainingDataInvalid")]
    [InlineData("Invoke-PancreasTraining -Image ($args[0] | Resize-Volume 4) -Label $args[1] -Destination $args[2] -LabelValue 7 -Size 16, 16, 8 -Filter 2 -MaxEpoch 1", "GridMismatch")]
    [InlineData("Invoke-PancreasTraining -Image ./nowhere.nii -Label $args[1] -Destination $args[2] -LabelValue 7", "FileNotFound")]
    [InlineData("Invoke-PancreasTraining -Image $args[0] -Label $args[1] -Destination $args[2] -LabelValue 7 -Size 20, 16, 8 -Filter 2 -MaxEpoch 1", "ModelPlanMismatch")]
    public void What_cannot_be_trained_on_is_named_and_writes_nothing(string script, string id)
    {
        Invocation run = module.Invoke(script, TestVolumes.Ct(), TestVolumes.Box(), Model);
        Assert.Equal(id, Assert.Single(run.Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Empty(run.Output);
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void An_existing_model_stays_with_NoClobber()
    {
        File.WriteAllText(Model, "old");
        Invocation run = module.Invoke($"Invoke-PancreasTraining -Image $args[0] -Label $args[1]{Small} -NoClobber", TestVolumes.Ct(), TestVolumes.Box(), Model);
        Assert.Equal("NoClobber", Assert.Single(run.Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal("old", File.ReadAllText(Model));
    }

    [Fact]
    public void Stopping_ends_the_training_and_leaves_no_file()
    {
        using PowerShell shell = module.Start($"Invoke-PancreasTraining -Image $args[0] -Label $args[1]{Small} -MaxEpoch 1000000", TestVolumes.Ct(), TestVolumes.Box(), Model);
        var output = new PSDataCollection<PSObject>();
        using var began = new ManualResetEventSlim();
        output.DataAdded += (_, _) => began.Set();
        IAsyncResult run = shell.BeginInvoke<PSObject, PSObject>(null, output);
        Assert.True(began.Wait(TimeSpan.FromMinutes(2)));
        shell.Stop();
        Assert.Equal(PSInvocationState.Stopped, shell.InvocationStateInfo.State);
        Assert.True(run.IsCompleted);
        Assert.Empty(_folder.Files);
    }
}
