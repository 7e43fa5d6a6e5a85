using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using PancreasSeg.Network;

namespace PancreasSeg.Common;

/// <summary>Completes the names of the classes of the model that <c>-Model</c> names.</summary>
public sealed class ClassNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete,
        CommandAst commandAst, IDictionary fakeBoundParameters) =>
        from name in NamesOf(fakeBoundParameters["Model"])
        where name.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase)
        let text = name.Any(c => !char.IsLetterOrDigit(c) && c != '_') ? $"'{name.Replace("'", "''", StringComparison.Ordinal)}'" : name
        select new CompletionResult(text, name, CompletionResultType.ParameterValue, name);

    private static IEnumerable<string> NamesOf(object? model)
    {
        object? value = model is PSObject wrapped ? wrapped.BaseObject : model;
        if (value is PancreasModel read) return read.ClassNames.Where(name => name != "background");
        try
        {
            return value is string path && ForeignModel.IsTree(path) ? ForeignModel.ClassNamesOf(path) : [];
        }
        catch (CoreException)
        {
            return [];
        }
    }
}
