using System.Text.Json.Serialization;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>How one stage of a model is to be trained.</summary>
public sealed record StagePlan
{
    [JsonConstructor]
    internal StagePlan()
    {
    }

    /// <summary>Which; null where the model has one stage.</summary>
    [JsonInclude]
    public ModelStage? Stage { get; internal init; }

    /// <summary>How a CT becomes the network's input.</summary>
    [JsonInclude]
    public PreprocessPlan Plan { get; internal init; } = new();

    /// <summary>The network.</summary>
    [JsonInclude]
    public NetworkSpec Network { get; internal init; } = new();

    /// <summary>Columns, rows and slices of what a step sees; without a box those of the median CT.</summary>
    [JsonInclude]
    public IReadOnlyList<int> Voxels { get; internal init => field = ReadableList.Of(value); } = [];

    /// <summary>Highest step size.</summary>
    [JsonInclude]
    public double LearningRate { get; internal init; }

    /// <summary>Bytes that a training is expected to take at its peak.</summary>
    [JsonInclude]
    public long Memory { get; internal init; }

    /// <summary>How long to train; null where no time was given.</summary>
    [JsonInclude]
    public TimeSpan? MaxDuration { get; internal init; }

    /// <summary>Seconds of a step on the machine on which the plan was made; null where no time was given.</summary>
    [JsonInclude]
    public double? StepSeconds { get; internal init; }

    /// <summary>Steps that the time is expected to allow.</summary>
    [JsonIgnore]
    public int? Steps => MaxDuration?.TotalSeconds / StepSeconds is { } steps ? (int)Math.Min(steps, int.MaxValue) : null;

    /// <summary>Stage, voxels and network in one line.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{(Stage is { } stage ? $"{stage}: " : "")}{ReadableList.Of(Voxels)} voxels of {ReadableList.Of(Plan.Spacing ?? [])} mm, {Network.Kind} of {Network.Filters} filters, {Network.Stages} stages");
}
