using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Network;

/// <summary>What an nnU-Net model says of itself. Lists of three are along slices, rows and columns of its training images.</summary>
public sealed record NnUNetDescription
{
    /// <summary>Name of the trainer.</summary>
    public string Trainer { get; internal init; } = "";

    /// <summary>Name of the configuration, e.g. <c>3d_fullres</c>.</summary>
    public string Configuration { get; internal init; } = "";

    /// <summary>Kind of the network: <c>PlainConvUNet</c> or <c>ResidualEncoderUNet</c>.</summary>
    public string Network { get; internal init; } = "";

    /// <summary>Voxel size of the network's input in mm.</summary>
    public IReadOnlyList<double> Spacing { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>Voxels that the network sees at a time.</summary>
    public IReadOnlyList<int> Patch { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>The folds in use, <c>0</c> to <c>4</c> or <c>all</c>; their answers are averaged.</summary>
    public IReadOnlyList<string> Folds { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>True when the model was trained with mirror images, so that it may be asked for those too.</summary>
    public bool CanMirror { get; internal init; }

    /// <summary>True when each image is turned to RAS first; false when it is taken as it is stored.</summary>
    public bool IsCanonical { get; internal init; }

    /// <summary>SHA-256 of each fold's checkpoint, lower-case hex.</summary>
    public IReadOnlyList<string> CheckpointSha256 { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>Network, configuration and folds in one line.</summary>
    public override string ToString() => $"{Network}, {Configuration}, {Trainer}, folds {string.Join(", ", Folds)}";

    internal static NnUNetDescription Of(NnUNetModel model)
    {
        (NnUNetPlans plans, NnUNetConfiguration configuration) = (model.Plans, model.Plans.Configuration);
        return new NnUNetDescription
        {
            Trainer = model.Trainer,
            Configuration = configuration.Name,
            Network = model.Architecture.IsResidual ? "ResidualEncoderUNet" : "PlainConvUNet",
            Spacing = [.. plans.Backward.Select(axis => configuration.Spacing[axis])],
            Patch = [.. plans.Backward.Select(axis => configuration.Patch[axis])],
            Folds = [.. model.Folds.Select(fold => fold.Name)],
            CanMirror = model.MirrorAxes.Count > 0,
            IsCanonical = plans.Reader == NnUNetReader.Canonical,
            CheckpointSha256 = [.. model.Folds.Select(fold => fold.Sha256)],
        };
    }
}
