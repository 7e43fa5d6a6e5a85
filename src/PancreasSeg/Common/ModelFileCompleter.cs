using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using PancreasSeg.Network;

namespace PancreasSeg.Common;

/// <summary>Completes folders and model files.</summary>
public sealed class ModelFileCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        CompletionCompleters.CompleteFilename(wordToComplete).Where(result =>
            result.ResultType == CompletionResultType.ProviderContainer
            || result.ListItemText.EndsWith(ModelFile.Extension, StringComparison.OrdinalIgnoreCase)
            || result.ListItemText.EndsWith(".zip", StringComparison.OrdinalIgnoreCase)
            || result.ListItemText.EndsWith(ModelFile.OnnxExtension, StringComparison.OrdinalIgnoreCase));
}
