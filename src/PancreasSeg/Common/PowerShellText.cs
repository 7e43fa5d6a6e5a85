using System.Collections;
using System.Globalization;
using System.Management.Automation;
using PancreasSeg.Batch;

namespace PancreasSeg.Common;

/// <summary>Values as PowerShell reads them again.</summary>
internal static class PowerShellText
{
    /// <summary>A command with its parameters, in the order of their names.</summary>
    public static string Command(string name, IDictionary parameters) => string.Join(' ', parameters.Cast<DictionaryEntry>()
        .OrderBy(p => $"{p.Key}", StringComparer.OrdinalIgnoreCase).Select(p => $"-{p.Key}:{Of(p.Value)}").Prepend(name));

    private static string Of(object? argument) => (argument is PSObject wrapped ? wrapped.BaseObject : argument) switch
    {
        null => "$null",
        bool flag => flag ? "$true" : "$false",
        SwitchParameter flag => flag ? "$true" : "$false",
        DateTime time => SlurmJob.Quoted(time.ToString("O", CultureInfo.InvariantCulture)),
        (int or long or double or float or decimal) and var number => Convert.ToString(number, CultureInfo.InvariantCulture)!,
        IDictionary table => $"@{{ {string.Join("; ", table.Cast<DictionaryEntry>().Select(Entry))} }}",
        IEnumerable list and not string => $"@({string.Join(", ", list.Cast<object?>().Select(Of))})",
        var other => SlurmJob.Quoted(Convert.ToString(other, CultureInfo.InvariantCulture) ?? ""),
    };

    private static string Entry(DictionaryEntry entry) => $"{SlurmJob.Quoted($"{entry.Key}")} = {Of(entry.Value)}";
}
