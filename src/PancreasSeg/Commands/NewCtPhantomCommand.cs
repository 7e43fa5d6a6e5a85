using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Simulation;

namespace PancreasSeg.Commands;

/// <summary>Makes synthetic abdominal CTs with known organs.</summary>
[Cmdlet(VerbsCommon.New, "CtPhantom")]
[OutputType(typeof(PhantomCase))]
public sealed class NewCtPhantomCommand : LongRunningCommand
{
    /// <summary>Names the patient and the examination; several make several phantoms.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public long[] Seed { get; set; } = [0];

    /// <summary>Voxels along columns, rows and slices.</summary>
    [Parameter]
    [ValidateCount(3, 3)]
    [ValidateRange(8, 1024)]
    [NumberArgument]
    public int[] Size { get; set; } = [192, 192, 96];

    /// <summary>Voxel size in mm.</summary>
    [Parameter]
    [ValidateCount(3, 3)]
    [ValidateRange(0.5, 20)]
    [SpacingArgument]
    public double[] Spacing { get; set; } = [2, 2, 2.5];

    /// <summary>Contrast phase.</summary>
    [Parameter]
    public ContrastPhase Phase { get; set; } = ContrastPhase.PortalVenous;

    /// <summary>Standard deviation of the noise in HU.</summary>
    [Parameter]
    [ValidateRange(0, 200)]
    [NumberArgument]
    public double Noise { get; set; } = 12;

    /// <summary>Organs to build round instead of procedural ones: a label map or the path of one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object? LabelMap { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        LabelVolume? organs = LabelMap is null ? null
            : SetUp(LabelMap, () => VolumeArgument.Labels(this, LabelMap)(CancellationToken.None));
        foreach (long seed in Seed)
        {
            var options = new PhantomOptions
            {
                Seed = seed,
                Size = (Size[0], Size[1], Size[2]),
                Spacing = new(Spacing[0], Spacing[1], Spacing[2]),
                Phase = Phase,
                NoiseHu = Noise,
                LabelMap = organs,
            };
            TryItem(seed, () => WriteObject(RunWork($"Making phantom {seed}", channel => CtPhantom.Create(options, channel.Cancellation))));
        }
    }
}
