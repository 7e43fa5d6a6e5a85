namespace PancreasSeg.Common;

/// <summary>Completes folders alone.</summary>
public sealed class FolderCompleter() : FileCompleter();
