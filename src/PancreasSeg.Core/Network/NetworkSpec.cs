using System.Text.Json.Serialization;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Network;

/// <summary>Kind and sizes of a network: with the weights, all that is needed to run it.</summary>
public sealed record NetworkSpec
{
    /// <summary>Slices that go through a network of slices together: enough to keep the cores busy, few enough to stay in their
    /// caches.</summary>
    internal const int ChunkSlices = 8;

    /// <summary>Stages, and channels of one, that a ResidualUNet has at most.</summary>
    internal const int MostStages = 7, MostFilters = 320;

    /// <summary>Residual blocks of a ResidualUNet's stages, finest first: those of nnU-Net's ResEnc networks.</summary>
    private static readonly int[] s_blocks = [1, 3, 4, 6, 6, 6, 6];

    private readonly int? _stages;
    private readonly NetworkNorm? _norm;

    /// <summary>Which network.</summary>
    public NetworkKind Kind { get; init; } = NetworkKind.AttentionUNet;

    /// <summary>Channels of the first stage; each deeper stage has twice as many, in a ResidualUNet 320 at most.</summary>
    public int Filters { get; init; } = 16;

    /// <summary>Resolution stages, the bottleneck among them. One more than there are strides, where these are given, else 5.</summary>
    public int Stages
    {
        get => _stages ?? (Strides is null ? 5 : Strides.Count + 1);
        init => _stages = value;
    }

    /// <summary>
    /// Of a ResidualUNet, by how much each stage's map is made smaller for the next: 1 or 2 along columns, rows and slices. Null where
    /// voxel size and voxels decide, as nnU-Net's planner does, and for other kinds, which halve columns and rows.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<IReadOnlyList<int>>? Strides { get; init; }

    /// <summary>Output classes, background and auxiliary organs among them.</summary>
    public int Classes { get; init; } = 2;

    /// <summary>The class that is the pancreas.</summary>
    public int PancreasChannel { get; init; } = 1;

    /// <summary>Normalisation after each 3x3x3 convolution: none by default, and Instance always in a ResidualUNet.</summary>
    public NetworkNorm Norm
    {
        get => _norm ?? (Kind == NetworkKind.ResidualUNet ? NetworkNorm.Instance : NetworkNorm.None);
        init => _norm = value;
    }

    /// <summary>Columns, rows and slices of the input must be multiples of these: the poolings halve them.</summary>
    [JsonIgnore]
    public IReadOnlyList<int> Divisors
    {
        get
        {
            int[] step = StepOf(Stages - 1);
            return ReadableList.Of([step[^1], step[^2], step.Length == 3 ? step[0] : 1]);
        }
    }

    /// <summary>Number of weights.</summary>
    [JsonIgnore]
    public long ParameterCount => Layout.Sum(w => w.Count);

    /// <summary>Every weight by name and shape, in the order in which a model file holds them. Stage 0 is full resolution, the last
    /// one the bottleneck.</summary>
    internal IReadOnlyList<WeightShape> Layout => ShapeOperations.Of(this).Weights;

    /// <summary>Slices to each side that one answer depends on, through its convolutions.</summary>
    internal int ReachInSlices => ShapeOperations.Of(this).Reach;

    /// <summary>True when no operation mixes slices.</summary>
    internal bool IsOfSlices => Kind == NetworkKind.SliceUNet;

    /// <summary>Axes of its values beside batch and channels.</summary>
    internal int SpatialAxes => IsOfSlices ? 2 : 3;

    /// <summary>True where the output is a mixture of the heads of all decoder stages; false where it is the finest head.</summary>
    internal bool MixesHeads => Kind != NetworkKind.ResidualUNet;

    /// <summary>The finest stage whose head is not the output itself.</summary>
    internal int FirstGuidingHead => MixesHeads ? 0 : 1;

    /// <summary>Heads that can have a loss of their own beside the output's: one for each decoder stage, of a ResidualUNet for all but the
    /// finest, which is the output, and the coarsest.</summary>
    internal int GuidingHeads => MixesHeads ? Stages - 1 : Math.Max(0, Stages - 3);

    /// <summary>Voxels of the input along each spatial axis, slices first, for each voxel of a stage.</summary>
    internal int[] StepOf(int stage)
    {
        if (Strides is { } strides)
            return [.. Enumerable.Range(0, 3).Select(axis => strides.Take(stage).Aggregate(1, (product, s) => product * s[2 - axis]))];
        int inPlane = 1 << stage;
        return IsOfSlices ? [inPlane, inPlane] : [1, inPlane, inPlane];
    }

    /// <summary>Reads the network's description with an interpreter.</summary>
    /// <param name="operations">The interpreter.</param>
    /// <param name="x">The input, N x 1 x D x H x W, or N x 1 x H x W of slices; freed.</param>
    internal void Walk<T>(INetworkOperations<T> operations, T x)
    {
        if (Kind != NetworkKind.ResidualUNet)
        {
            new AttentionUNetWalk<T>(this, operations).Run(x);
            return;
        }
        int heads = FirstGuidingHead + GuidingHeads;
        operations.Free(new UNetWalk<T>(operations, Architecture()).Features(x, (stage, features) =>
        {
            if (stage < heads) operations.Head(stage, features);
        }));
        operations.Output();
    }

    /// <summary>Refuses sizes that make no network.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/>.</exception>
    public void Validate()
    {
        bool isResidual = Kind == NetworkKind.ResidualUNet;
        if (!Enum.IsDefined(Kind) || !Enum.IsDefined(Norm)) throw Invalid("its kind or normalisation is not known to this version");
        if (Filters is < 1 or > 128) throw Invalid("the number of filters must be 1 to 128");
        int most = isResidual ? MostStages : 5;
        if (Stages < 2 || Stages > most) throw Invalid($"the number of stages must be 2 to {most}");
        if (Classes is < 2 or > 256) throw Invalid("the number of classes must be 2 to 256");
        if (PancreasChannel < 1 || PancreasChannel >= Classes)
            throw Invalid("the pancreas channel must be one of the classes and not the background");
        if (Kind == NetworkKind.SliceUNet && (Stages != 5 || Classes != 2 || Norm != NetworkNorm.None))
            throw Invalid("a SliceUNet has five stages, two classes and no normalisation");
        if (isResidual && Norm != NetworkNorm.Instance) throw Invalid("a ResidualUNet has instance normalisation");
        if (!isResidual && Strides is not null)
            throw Invalid($"only a ResidualUNet has strides of its own; a {Kind} halves columns and rows");
        if (isResidual) ValidateStrides();
    }

    /// <summary>This network, a ResidualUNet without strides with those that a preparation makes it.</summary>
    /// <param name="plan">The preparation.</param>
    /// <param name="patch">Columns, rows and slices of what a step sees, where that is less than the plan says; null for all of it.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/> for fewer voxels than the stages stated need, and for a voxel
    /// size or numbers of voxels that are not of three axes.</exception>
    public NetworkSpec FittedTo(PreprocessPlan plan, IReadOnlyList<int>? patch = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (Kind != NetworkKind.ResidualUNet || Strides is not null) return this;
        IReadOnlyList<double> spacing = plan.Spacing ?? [1, 1, 1];
        IReadOnlyList<int>? voxels = patch ?? plan.Size ?? plan.BoxSize?.Zip(spacing, (mm, step) => (int)Math.Round(mm / step)).ToArray();
        if (spacing.Count != 3) throw Unfitted("voxel size", spacing);
        if (voxels is { Count: not 3 }) throw Unfitted("patch or volume", voxels);
        int most = Math.Min(_stages ?? MostStages, MostStages) - 1;
        IReadOnlyList<IReadOnlyList<int>> strides =
            PoolingRule.Strides(spacing, voxels, most, isExact: patch is not null || plan.Size is not null);
        return strides.Count + 1 >= _stages || _stages is null ? this with { Strides = strides } : throw Invalid(
            $"{(voxels is null ? "unknown numbers of" : ReadableList.Of(voxels))} voxels of {ReadableList.Of(spacing)} mm make a ResidualUNet "
            + $"of {strides.Count + 1} stages at most, and it states {_stages}; strides may be given");
    }

    /// <summary>Refuses an input of which the coarsest map is one voxel, where each map is normalised over its voxels.</summary>
    /// <param name="voxels">Columns, rows and slices, multiples of <see cref="Divisors"/>.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/>.</exception>
    internal void RequireMoreThanOneVoxel(IReadOnlyList<int> voxels)
    {
        if (Norm == NetworkNorm.Instance && voxels.SequenceEqual(Divisors))
            throw new CoreException(Fault.ModelPlanMismatch,
                $"{string.Join(" x ", voxels)} voxels are too few for this network: of {Stages} stages the coarsest has one voxel, and instance normalisation needs two.",
                remedy: "Make patch or volume larger, voxels smaller, or the network's stages fewer.");
    }

    /// <summary>True for the same network, whether what follows of other settings was stated or not.</summary>
    public bool Equals(NetworkSpec? other) => other is not null
        && (Kind, Filters, Stages, Classes, PancreasChannel, Norm)
            == (other.Kind, other.Filters, other.Stages, other.Classes, other.PancreasChannel, other.Norm)
        && (Strides is null || other.Strides is null ? Strides == other.Strides
            : Strides.Count == other.Strides.Count && Strides.Zip(other.Strides).All(pair => pair.First.SequenceEqual(pair.Second)));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Filters, Stages, Classes, PancreasChannel, Norm);

    /// <summary>Kind and sizes in one line.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Kind}, {Filters} filters, {Stages} stages, {Classes} classes, norm {Norm}")
            + (Strides is null ? "" : $", strides {string.Join(", ", Strides.Select(s => string.Join('x', s)))}");

    private void ValidateStrides()
    {
        if (Strides is null) throw Invalid("a ResidualUNet has strides, such as (2, 2, 1), (2, 2, 2) for three stages");
        if (Strides.Count != Stages - 1)
            throw Invalid($"{Strides.Count} strides make {Strides.Count + 1} stages, and it states {Stages}");
        for (int i = 0; i < Strides.Count; i++)
            if (Strides[i] is not { Count: 3 } stride || stride.Any(n => n is not (1 or 2)) || stride.All(n => n == 1))
                throw Invalid($"its stride {i + 1}, {(Strides[i] is { } given ? $"({string.Join(", ", given)})" : "null")}, must be 1 or 2 "
                    + "along columns, rows and slices, and 2 along one of them");
    }

    private UNetArchitecture Architecture() => new()
    {
        IsResidual = true,
        Features = [.. Enumerable.Range(0, Stages).Select(s => Math.Min(Filters << s, MostFilters))],
        StemFeatures = Filters,
        Kernels = [.. Enumerable.Repeat((int[])[3, 3, 3], Stages)],
        Strides = [[1, 1, 1], .. Strides!.Select(s => (int[])[s[2], s[1], s[0]])],
        EncoderUnits = s_blocks[..Stages],
        DecoderUnits = [.. Enumerable.Repeat(1, Stages - 1)],
    };

    private static CoreException Unfitted<T>(string what, IReadOnlyList<T> values) =>
        Invalid($"its strides follow a {what} of columns, rows and slices, and ({string.Join(", ", values)}) are {values.Count} numbers");

    private static CoreException Invalid(string why) => new(Fault.ModelPlanMismatch, $"The network description is not usable: {why}.");
}
