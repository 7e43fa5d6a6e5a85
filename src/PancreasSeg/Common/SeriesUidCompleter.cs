using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using PancreasSeg.Dicom;

namespace PancreasSeg.Common;

/// <summary>Completes the UIDs of the usable series under the path that was typed; the tooltip tells them apart.</summary>
public sealed class SeriesUidCompleter : IArgumentCompleter
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        if ((fakeBoundParameters["Path"] ?? fakeBoundParameters["LiteralPath"]) is not { } path) return [];
        string full = CompletedPath(LanguagePrimitives.ConvertTo<string>(path));
        if (full.Length == 0) return [];
        using var patience = new CancellationTokenSource(s_patience);
        try
        {
            return
            [
                .. from series in CtSeriesFinder.Find(full, cancellation: patience.Token).Series
                   where series.IsUsable && series.SeriesInstanceUid.StartsWith(wordToComplete, StringComparison.Ordinal)
                   select new CompletionResult(series.SeriesInstanceUid, series.SeriesInstanceUid, CompletionResultType.ParameterValue,
                       FormattableString.Invariant($"{series.SliceCount} slices, {series.Detail}")),
            ];
        }
        catch (Exception e) when (e is CoreException or OperationCanceledException)
        {
            return [];
        }
    }

    // A completer gets no session state; the runspace it runs in has one.
    private static string CompletedPath(string path)
    {
        using PowerShell shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        return shell.AddScript("param($path) $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($path)")
            .AddArgument(path)
            .Invoke<string>().FirstOrDefault() ?? "";
    }
}
