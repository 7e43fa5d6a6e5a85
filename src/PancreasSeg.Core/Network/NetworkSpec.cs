using System.Text.Json.Serialization;

namespace PancreasSeg.Network;

/// <summary>Kind and sizes of a network: with the weights, all that is needed to run it.</summary>
public sealed record NetworkSpec
{
    /// <summary>Which network.</summary>
    public NetworkKind Kind { get; init; } = NetworkKind.AttentionUNet;

    /// <summary>Channels of the first stage; each deeper stage has twice as many.</summary>
    public int Filters { get; init; } = 16;

    /// <summary>Resolution stages, the bottleneck among them.</summary>
    public int Stages { get; init; } = 5;

    /// <summary>Output classes, background and auxiliary organs among them.</summary>
    public int Classes { get; init; } = 2;

    /// <summary>The class that is the pancreas.</summary>
    public int PancreasChannel { get; init; } = 1;

    /// <summary>Normalisation after each 3x3x3 convolution.</summary>
    public NetworkNorm Norm { get; init; }

    /// <summary>Height and width of the input must be multiples of this: each of the poolings halves them.</summary>
    [JsonIgnore]
    public int InPlaneDivisor => 1 << (Stages - 1);

    /// <summary>Number of weights.</summary>
    [JsonIgnore]
    public long ParameterCount => Layout.Sum(w => w.Count);

    /// <summary>Every weight by name and shape, in the order in which a model file holds them. Stage 0 is full resolution, the last
    /// one the bottleneck.</summary>
    internal IReadOnlyList<WeightShape> Layout => ShapeOperations.Of(this).Weights;

    /// <summary>Slices to each side that one answer depends on.</summary>
    internal int ReachInSlices => ShapeOperations.Of(this).Reach;

    /// <summary>True when no operation mixes slices.</summary>
    internal bool IsOfSlices => Kind == NetworkKind.SliceUNet;

    /// <summary>Slices that go through a network of slices together: enough to keep the cores busy, few enough to stay in their
    /// caches.</summary>
    internal const int ChunkSlices = 8;

    /// <summary>Axes of its values beside batch and channels.</summary>
    internal int SpatialAxes => IsOfSlices ? 2 : 3;

    /// <summary>Reads the network's description with an interpreter.</summary>
    /// <param name="operations">The interpreter.</param>
    /// <param name="x">The input, N x 1 x D x H x W, or N x 1 x H x W of slices.</param>
    internal void Walk<T>(INetworkOperations<T> operations, T x) => new AttentionUNetWalk<T>(this, operations).Run(x);

    /// <summary>Refuses sizes that make no network.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/>.</exception>
    public void Validate()
    {
        if (!Enum.IsDefined(Kind) || !Enum.IsDefined(Norm)) throw Invalid("its kind or normalisation is not known to this version");
        if (Filters is < 1 or > 128) throw Invalid("the number of filters must be 1 to 128");
        if (Stages is < 2 or > 5) throw Invalid("the number of stages must be 2 to 5");
        if (Classes is < 2 or > 256) throw Invalid("the number of classes must be 2 to 256");
        if (PancreasChannel < 1 || PancreasChannel >= Classes)
            throw Invalid("the pancreas channel must be one of the classes and not the background");
        if (Kind == NetworkKind.SliceUNet && (Stages != 5 || Classes != 2 || Norm != NetworkNorm.None))
            throw Invalid("a SliceUNet has five stages, two classes and no normalisation");
    }

    /// <summary>Kind and sizes in one line.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Kind}, {Filters} filters, {Stages} stages, {Classes} classes, norm {Norm}");

    private static CoreException Invalid(string why) => new(Fault.ModelPlanMismatch, $"The network description is not usable: {why}.");
}
