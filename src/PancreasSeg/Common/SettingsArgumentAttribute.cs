using System.Collections;
using System.Management.Automation;
using System.Reflection;

namespace PancreasSeg.Common;

/// <summary>
/// Lets a group of settings be given as a hashtable of those that differ from their defaults, whose keys are the properties of an
/// options record; a word alone is the value of the first, where that is one of several kinds.
/// </summary>
/// <param name="type">The record.</param>
/// <param name="keys">Names of the properties that can be given; all by default.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SettingsArgumentAttribute(Type type, params string[] keys) : ArgumentTransformationAttribute
{
    /// <summary>What can be given, in the order of the record.</summary>
    public IReadOnlyList<SettingKey> Keys { get; } =
    [
        .. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.SetMethod is { IsPublic: true } && (keys.Length == 0 || keys.Contains(p.Name)))
            .OrderBy(p => p.MetadataToken).Select(p => new SettingKey(p)),
    ];

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => SettingKey.Unwrap(inputData) switch
    {
        null => inputData,
        { } given when type.IsInstanceOfType(given) => given,
        IDictionary table => Record(table),
        { } word when Keys[0].Kinds.Count > 0 => Record(new Hashtable { [Keys[0].Name] = word }),
        { } other => throw new ArgumentTransformationMetadataException($"It takes a hashtable, not '{other}'. {KnownKeys()}"),
    };

    private object Record(IDictionary table)
    {
        object record = Activator.CreateInstance(type)!;
        foreach (DictionaryEntry entry in table)
        {
            SettingKey key = Keys.FirstOrDefault(k => k.Name.Equals($"{entry.Key}", StringComparison.OrdinalIgnoreCase))
                ?? throw new ArgumentTransformationMetadataException($"There is no key '{entry.Key}'. {KnownKeys()}");
            key.Set(record, entry.Value);
        }
        return record;
    }

    private string KnownKeys() => $"The keys are {string.Join(", ", Keys.Select(k => k.Name))}.";
}
