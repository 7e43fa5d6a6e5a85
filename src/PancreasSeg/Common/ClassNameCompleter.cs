using System.Collections;
using PancreasSeg.Network;

namespace PancreasSeg.Common;

/// <summary>Completes the names of the classes of the model that <c>-Model</c>, or <c>-Path</c> where it is converted, names.</summary>
public sealed class ClassNameCompleter : NameCompleter
{
    private protected override IEnumerable<string> Names(IDictionary arguments) =>
        Value(arguments, "Model") is PancreasModel read ? read.ClassNames.Where(name => name != "background")
            : (PathOf(arguments, "Model") ?? PathOf(arguments, "Path")) is { } path && ForeignModel.IsTree(path)
                ? ForeignModel.ClassNamesOf(path) : [];
}
