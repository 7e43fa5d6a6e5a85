using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace PancreasSeg.Common;

/// <summary>Completes folders, and files with certain endings.</summary>
public abstract class FileCompleter : IArgumentCompleter
{
    private readonly string[] _endings;

    private protected FileCompleter(params string[] endings) => _endings = endings;

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        CompletionCompleters.CompleteFilename(wordToComplete).Where(result => result.ResultType == CompletionResultType.ProviderContainer
            || _endings.Any(ending => result.ListItemText.EndsWith(ending, StringComparison.OrdinalIgnoreCase)));
}
