using System.Collections;
using PancreasSeg.Network;

namespace PancreasSeg.Common;

/// <summary>Completes the folds of the nnU-Net model that <c>-Model</c>, or <c>-Path</c> where it is converted, names.</summary>
public sealed class FoldCompleter : NameCompleter
{
    private protected override IEnumerable<string> Names(IDictionary arguments) =>
        Value(arguments, "Model") is PancreasModel read ? read.NnUNet?.Folds ?? []
            : (PathOf(arguments, "Model") ?? PathOf(arguments, "Path")) is { } path && ForeignModel.IsTree(path) ? ForeignModel.FoldsOf(path) : [];
}
