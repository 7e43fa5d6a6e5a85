using PancreasSeg.Network;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Tests;

public sealed class TwoStageTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>, IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Simulated_patients_train_both_stages_which_join_to_one_model()
    {
        const string tiny = "-BaseFilter 2 -Network @{ Stages = 2; Norm = 'Instance' } -Loss @{ HeadWeights = 0 } -MaxEpoch 1 -Sampling @{ StepsPerEpoch = 1 } -Validation @{ SimulatedCases = 1 } -ThreadCount 1";
        foreach (string stage in new[] { "Locator", "Refiner" })
        {
            string simulate = $"Invoke-PancreasTraining $args[0] -Simulate {stage} {tiny}";
            PancreasModel trained = module.Invoke(simulate, _folder[$"{stage}.safetensors"]).ThrowIfFailed().Values.OfType<PancreasModel>().Single();
            Assert.Equal((15, stage == "Refiner"), (trained.Network.Classes, trained.Plan.BoxSize is not null));
        }
        PancreasModel joined = module.InvokeIn(_folder.FullName, "Join-PancreasModel Refiner.safetensors Locator.safetensors starter.safetensors").Only<PancreasModel>();
        Assert.Equal(("starter", true), (joined.Name, joined.IsTwoStage));
        Assert.Equal(joined.Sha256, ModelFile.Read(_folder["starter.safetensors"]).Sha256);

        Invocation swapped = module.InvokeIn(_folder.FullName, "Join-PancreasModel Locator.safetensors Refiner.safetensors wrong.safetensors");
        Assert.Equal("ModelPlanMismatch", Assert.Single(swapped.Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.False(File.Exists(_folder["wrong.safetensors"]));

        // Too narrow for the refiner's box: rejected by the gate, and accepted on demand.
        SegmentationResult rejected = module.InvokeIn(_folder.FullName, "$args[0] | Invoke-PancreasSegmentation -Model starter.safetensors -OutputPath m.nii.gz", TestVolumes.Ct()).Only<SegmentationResult>();
        Assert.Equal((SegmentationStatus.Rejected, nameof(SegmentationReason.FieldOfViewSmall)), (rejected.Status, rejected.Reasons[0]));
        Assert.False(File.Exists(_folder["m.nii.gz"]));
        SegmentationResult accepted = module.InvokeIn(_folder.FullName, "$args[0] | Invoke-PancreasSegmentation -Model starter.safetensors -OutputPath m.nii.gz -AcceptAnyInput", TestVolumes.Ct()).Only<SegmentationResult>();
        Assert.NotNull(accepted.Mask);
        Assert.True(File.Exists(_folder["m.nii.gz"]));
    }
}
