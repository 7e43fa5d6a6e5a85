using System.Collections.ObjectModel;
using System.Globalization;

namespace PancreasSeg;

/// <summary>Lists whose text is their items, so that a cell of a table says what it holds.</summary>
internal static class ReadableList
{
    /// <summary>The same items, not copied; their text is in the invariant culture.</summary>
    /// <param name="items">The items.</param>
    /// <param name="separator">Stands between them; by default a semicolon, and x between numbers.</param>
    public static IReadOnlyList<T> Of<T>(IReadOnlyList<T> items, string? separator = null) => new Text<T>(items, list =>
        string.Join(separator ?? (typeof(T).IsPrimitive ? " x " : "; "),
            list.Select(item => Convert.ToString(item, CultureInfo.InvariantCulture))));

    /// <summary>The same items, too many to be told: the text is their number.</summary>
    public static IReadOnlyList<T> Counted<T>(IReadOnlyList<T> items, string noun) =>
        new Text<T>(items, list => FormattableString.Invariant($"{list.Count} {noun}"));

    private sealed class Text<T>(IReadOnlyList<T> items, Func<IReadOnlyList<T>, string> text)
        : ReadOnlyCollection<T>(items as IList<T> ?? [.. items])
    {
        public override string ToString() => text(this);
    }
}
