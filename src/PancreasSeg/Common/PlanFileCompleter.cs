namespace PancreasSeg.Common;

/// <summary>Completes folders and plans of networks of other projects.</summary>
public sealed class PlanFileCompleter() : FileCompleter(".json");
