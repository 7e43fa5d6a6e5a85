using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using PancreasSeg.Dicom;

namespace PancreasSeg.Common;

/// <summary>Completes label maps of one structure; the tooltip tells its SNOMED CT code.</summary>
public sealed class LabelMapCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete,
        CommandAst commandAst, IDictionary fakeBoundParameters) =>
        from structure in AnatomicStructure.All
        let text = $"@{{ 1 = '{structure.Name}' }}"
        where text.StartsWith(wordToComplete, StringComparison.OrdinalIgnoreCase)
            || structure.Name.StartsWith(wordToComplete, StringComparison.OrdinalIgnoreCase)
        select new CompletionResult(text, structure.Name, CompletionResultType.ParameterValue, $"{structure}");
}
