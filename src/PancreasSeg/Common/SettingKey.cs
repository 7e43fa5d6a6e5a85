using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;

namespace PancreasSeg.Common;

/// <summary>One setting of an options record, as a key of a hashtable.</summary>
internal sealed class SettingKey
{
    // What values of each type are called, and how they are taken; null for what is no such value.
    private static readonly Dictionary<Type, (string Takes, Func<object?, object?> Convert)> s_types = new()
    {
        [typeof(bool)] = ("$true or $false", value => value is SwitchParameter on ? on.ToBool() : value as bool?),
        [typeof(int)] = ("a whole number", value => Whole(value)),
        [typeof(double)] = ("a number", value => Number(value)),
        [typeof(string)] = ("text", value => value as string),
        [typeof(IReadOnlyList<DateTime>)] = ("days", value => All(value, Day)),
        [typeof(IReadOnlyList<int>)] = ("whole numbers", value => All(value, Whole)),
        [typeof(IReadOnlyList<double>)] = ("numbers", value => All(value, Number)),
        [typeof(IReadOnlyList<IReadOnlyList<int>>)] = ("lists of whole numbers, such as (2, 2, 1), (2, 2, 2)", Lists),
    };

    private readonly PropertyInfo _property;
    private readonly bool _mayBeNull;
    private readonly (string Takes, Func<object?, object?> Convert) _type;

    public SettingKey(PropertyInfo property)
    {
        _property = property;
        _mayBeNull = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (type.IsEnum) Kinds = Enum.GetNames(type);
        _type = type.IsEnum ? ($"one of {string.Join(", ", Kinds)}", value => Kind(type, $"{value}")) : s_types[type];
    }

    public string Name => _property.Name;

    /// <summary>The names of its values; none where it takes anything else than one of several names.</summary>
    public IReadOnlyList<string> Kinds { get; } = [];

    /// <summary>What it takes, in words.</summary>
    public string Takes => _type.Takes + (_mayBeNull ? " or $null" : "");

    /// <summary>Its default as one would write it.</summary>
    public string Default => _property.GetValue(Activator.CreateInstance(_property.ReflectedType!)) switch
    {
        null => "$null",
        bool value => value ? "$true" : "$false",
        string text => $"'{text}'",
        Enum kind => $"'{kind}'",
        var value => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    public static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    /// <summary>Sets it.</summary>
    /// <exception cref="ArgumentTransformationMetadataException">The value is of another type; the message says what is taken.</exception>
    public void Set(object record, object? value)
    {
        value = Unwrap(value);
        if (value is null && _mayBeNull) return;
        _property.SetValue(record, _type.Convert(value)
            ?? throw new ArgumentTransformationMetadataException($"'{Name}' takes {Takes}, not '{value ?? "$null"}'."));
    }

    private static object? Kind(Type type, string name) =>
        Enum.GetNames(type).Contains(name, StringComparer.OrdinalIgnoreCase) ? Enum.Parse(type, name, ignoreCase: true) : null;

    private static double? Number(object? value) =>
        Unwrap(value) is { } given and not bool && !string.IsNullOrWhiteSpace($"{given}")
            && (given is not string text || !text.Contains(',', StringComparison.Ordinal))
            && LanguagePrimitives.TryConvertTo(given, CultureInfo.InvariantCulture, out double number) ? number : null;

    /// <summary>PowerShell itself would round.</summary>
    private static int? Whole(object? value) =>
        Number(value) is { } number && number == Math.Truncate(number) && Math.Abs(number) <= int.MaxValue ? (int)number : null;

    private static DateTime? Day(object? value) => Unwrap(value) is DateTime or string
        && LanguagePrimitives.TryConvertTo(Unwrap(value), CultureInfo.InvariantCulture, out DateTime day) ? day : null;

    private static IReadOnlyList<int>[]? Lists(object? value)
    {
        int[]?[] lists = [.. (value as IEnumerable ?? Array.Empty<object>()).Cast<object?>().Select(Unwrap)
            .Select(item => item is IList list ? All(list, Whole) : null)];
        return lists.Length > 0 && lists.All(list => list is not null) ? [.. lists.Select(list => ReadableList.Of(list!))] : null;
    }

    private static T[]? All<T>(object? value, Func<object?, T?> convert)
        where T : struct
    {
        T?[] items = [.. (value is IEnumerable list and not string ? list.Cast<object?>() : [value]).Select(convert)];
        return items.Length > 0 && items.All(i => i is not null) ? [.. items.Select(i => i!.Value)] : null;
    }
}
