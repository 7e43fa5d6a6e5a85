using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace PancreasSeg.Common;

/// <summary>Completes names that another argument of the command leads to; a name with blanks or brackets is quoted.</summary>
public abstract class NameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        from name in Known(fakeBoundParameters)
        where name.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase)
        let text = name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.') ? name
            : $"'{name.Replace("'", "''", StringComparison.Ordinal)}'"
        select new CompletionResult(text, name, CompletionResultType.ParameterValue, name);

    private protected abstract IEnumerable<string> Names(IDictionary arguments);

    /// <summary>An argument, without PowerShell's wrapper.</summary>
    private protected static object? Value(IDictionary arguments, string parameter) => SettingKey.Unwrap(arguments[parameter]);

    /// <summary>Full path of an argument that names a file or folder; null for none. A completer gets no session state; the runspace it
    /// runs in has one.</summary>
    private protected static string? PathOf(IDictionary arguments, string parameter)
    {
        if (Value(arguments, parameter) is not { } path) return null;
        using PowerShell shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        return shell.AddScript("param($path) $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($path)")
            .AddArgument(LanguagePrimitives.ConvertTo<string>(path)).Invoke<string>().FirstOrDefault();
    }

    private IEnumerable<string> Known(IDictionary arguments)
    {
        try
        {
            return [.. Names(arguments)];
        }
        catch (Exception e) when (e is CoreException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
