namespace PancreasSeg.Network.Foreign;

/// <summary>How nnU-Net brings an array to another number of voxels.</summary>
/// <param name="Kind">By which method.</param>
/// <param name="Order">Order of the splines: 3, 1 or 0 (nearest).</param>
/// <param name="ForceSeparate">True: the coarsest axis is always sampled by itself; false: never; null: when it is more than three times
/// as coarse as the finest.</param>
internal sealed record ResamplingScheme(ResamplingKind Kind, int Order, bool? ForceSeparate)
{
    private const double Anisotropy = 3;

    /// <summary>Reads the scheme of the data or of the probabilities.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="name"><c>resampling_fn_data</c> or <c>resampling_fn_probabilities</c>.</param>
    /// <param name="orders">Orders of splines that are possible here.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelNotSupported"/>, <see cref="Fault.ModelPlanMismatch"/>.</exception>
    public static ResamplingScheme Parse(PlanEntry configuration, string name, params ReadOnlySpan<int> orders)
    {
        PlanEntry function = configuration[name];
        ResamplingKind kind = function.Text() switch
        {
            "resample_data_or_seg_to_shape" => ResamplingKind.Spline,
            "resample_torch_fornnunet" => ResamplingKind.Linear,
            "no_resampling_hack" => ResamplingKind.None,
            var other => throw function.NotSupported($"its resampling '{other}' is not one that this version knows"),
        };
        PlanEntry? options = configuration.Optional(name + "_kwargs");
        bool? separate = options?.Optional("force_separate_z")?.Truth();
        if (kind == ResamplingKind.Linear && options?.Optional("mode") is { } mode && mode.Text() != "linear")
            throw mode.NotSupported($"its interpolation '{mode.Text()}' is not one that this version knows");
        if (kind != ResamplingKind.Spline) return new ResamplingScheme(kind, 1, separate);
        int order = options?.Optional("order")?.Whole() ?? 3;
        if (!orders.Contains(order))
            throw function.NotSupported($"splines of order {order} are not among those that this version knows here");
        if (options?.Optional("order_z") is { } along && along.Whole() != 0)
            throw along.NotSupported("interpolation along a coarse axis is not known to this version");
        return new ResamplingScheme(kind, order, separate);
    }

    /// <summary>The axis that is sampled by itself; null for none.</summary>
    /// <param name="from">Voxel size before, in mm, in the array's axes.</param>
    /// <param name="to">Voxel size after.</param>
    public int? SeparateAxis(IReadOnlyList<double> from, IReadOnlyList<double> to)
    {
        IReadOnlyList<double>? spacing = ForceSeparate switch
        {
            true => from,
            false => null,
            _ => from.Max() / from.Min() > Anisotropy ? from : to.Max() / to.Min() > Anisotropy ? to : null,
        };
        if (spacing is null) return null;
        int[] coarsest = [.. Enumerable.Range(0, 3).Where(axis => spacing[axis] == spacing.Max())];
        return coarsest is [var axis] ? axis : null;
    }
}
