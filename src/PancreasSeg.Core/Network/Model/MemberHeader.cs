using System.Text.Json.Serialization;

namespace PancreasSeg.Network;

/// <summary>One member of an ensemble.</summary>
/// <param name="Sha256">Of its weights, in lower-case hex.</param>
/// <param name="Fold">Its name, e.g. that of the fold it was trained in.</param>
/// <param name="Validation">Overlap on the cases that were held back from it.</param>
/// <param name="TrainingData">What it was trained on.</param>
/// <param name="License">Terms under which it may be used.</param>
/// <param name="Lineage">The models that its training began with, the nearest first; null where weights were drawn.</param>
/// <param name="Threshold">Its own, above which a voxel was pancreas before it became a member; null where an earlier version wrote the
/// file.</param>
/// <param name="SimulatedOnly">True where it has learnt from the simulator alone.</param>
internal sealed record MemberHeader(
    string Sha256, string Fold, IReadOnlyList<ValidationScore> Validation, string TrainingData, string License,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ModelAncestor>? Lineage = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Threshold = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool SimulatedOnly = false);
