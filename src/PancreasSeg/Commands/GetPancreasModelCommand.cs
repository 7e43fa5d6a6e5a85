using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Network;

namespace PancreasSeg.Commands;

/// <summary>Reads and checks a model file and tells what it holds.</summary>
[Cmdlet(VerbsCommon.Get, "PancreasModel", DefaultParameterSetName = PathSet)]
[OutputType(typeof(PancreasModel))]
public sealed class GetPancreasModelCommand : PathCommand
{
    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string path in ResolvePaths())
            TryItem(path, () => WriteObject(RunWork("Reading model", channel => ForeignModel.IsTree(path)
            ? ForeignModel.ReadTree(path, cancellation: channel.Cancellation) : ModelFile.Read(path))));
    }
}
