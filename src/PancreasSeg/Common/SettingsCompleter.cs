using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Reflection;

namespace PancreasSeg.Common;

/// <summary>Completes a group of settings: the words of its first key, and a hashtable for each key with its default.</summary>
public sealed class SettingsCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        IReadOnlyList<SettingKey> keys = Keys(commandName, parameterName);
        string begun = wordToComplete.TrimStart('@', '{', ' ');
        IEnumerable<CompletionResult> words = keys.Take(1)
            .SelectMany(k => k.Kinds.Select(word => Result(word, word, $"{k.Name} = {word}")));
        IEnumerable<CompletionResult> tables = keys.Select(k => Result($"@{{ {k.Name} = {k.Default} }}", k.Name, $"{k.Name}: {k.Takes}"));
        return words.Concat(tables).Where(r => r.ListItemText.StartsWith(begun, StringComparison.OrdinalIgnoreCase));

        static CompletionResult Result(string text, string item, string tip) => new(text, item, CompletionResultType.ParameterValue, tip);
    }

    private static IReadOnlyList<SettingKey> Keys(string commandName, string parameterName) =>
        typeof(SettingsCompleter).Assembly.GetTypes()
            .FirstOrDefault(t => t.GetCustomAttribute<CmdletAttribute>() is { } cmdlet
                && commandName.Equals($"{cmdlet.VerbName}-{cmdlet.NounName}", StringComparison.OrdinalIgnoreCase))
            ?.GetProperty(parameterName)?.GetCustomAttribute<SettingsArgumentAttribute>()?.Keys ?? [];
}
