using System.Management.Automation;
using PancreasSeg.Common;

namespace PancreasSeg.Commands;

/// <summary>Brings a CT volume or a mask to a size, a voxel size or the grid of another volume.</summary>
[Cmdlet(VerbsCommon.Resize, "Volume", DefaultParameterSetName = SpacingSet)]
[Alias("Resize-CtVolume")]
[OutputType(typeof(CtVolume), typeof(LabelVolume))]
public sealed class ResizeVolumeCommand : LongRunningCommand
{
    private const string SizeSet = "Size", SpacingSet = "Spacing", LikeSet = "Like";

    /// <summary>The volume.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <summary>Voxels along columns, rows and slices.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SizeSet)]
    [ValidateCount(3, 3)]
    [ValidateRange(1, 4096)]
    [NumberArgument]
    public int[] Size { get; set; } = [];

    /// <summary>Voxel size in mm.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = SpacingSet)]
    [ValidateCount(3, 3)]
    [ValidateRange(0.01, 1000)]
    [SpacingArgument]
    public double[] Spacing { get; set; } = [];

    /// <summary>A volume whose grid is taken over.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LikeSet)]
    [ValidateNotNull]
    public object? Like { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        object? input = VolumeArgument.Unwrap(InputObject);
        TryItem(input, () =>
        {
            switch (input)
            {
                case CtVolume ct: WriteObject(RunWork("Resampling", channel => ct.To(Target(ct.Grid), channel.Cancellation))); break;
                case LabelVolume labels:
                    WriteObject(
                    RunWork("Resampling", channel => labels.To(Target(labels.Grid), channel.Cancellation))); break;
                default: WriteError(VolumeArgument.NotAVolume(InputObject!)); break;
            }
        });
    }

    private VolumeGrid Target(VolumeGrid source) => ParameterSetName switch
    {
        SizeSet => source.WithSize(Size[0], Size[1], Size[2]),
        SpacingSet => source.WithSpacing(new(Spacing[0], Spacing[1], Spacing[2])),
        _ => VolumeArgument.Unwrap(Like) switch
        {
            CtVolume ct => ct.Grid,
            LabelVolume labels => labels.Grid,
            _ => throw new CoreException(Fault.GridInvalid, "-Like takes a CT volume or a mask.", Like),
        },
    };
}
