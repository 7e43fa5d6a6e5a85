using System.Management.Automation;
using PancreasSeg.Network;

namespace PancreasSeg.Common;

/// <summary>What <c>-Model</c> takes: a model that was read before, or the path of a model file.</summary>
internal static class ModelArgument
{
    /// <summary>The model itself.</summary>
    /// <exception cref="CoreException">The file is absent, foreign or damaged.</exception>
    public static PancreasModel Read(PSCmdlet cmdlet, object argument, CancellationToken cancellation) =>
        Unwrap(argument) is PancreasModel model ? model : ModelFile.Read(PathOf(cmdlet, argument)!, cancellation);

    /// <summary>Full path of the model file; null when a model was given.</summary>
    public static string? PathOf(PSCmdlet cmdlet, object argument) =>
        Unwrap(argument) is PancreasModel ? null : cmdlet.ResolveOutput(LanguagePrimitives.ConvertTo<string>(argument));

    private static object? Unwrap(object argument) => argument is PSObject wrapped ? wrapped.BaseObject : argument;
}
