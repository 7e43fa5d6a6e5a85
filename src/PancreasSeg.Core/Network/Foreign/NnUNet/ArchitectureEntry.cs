namespace PancreasSeg.Network.Foreign;

/// <summary>Reads the sizes of one of nnU-Net's U-Nets in its plan.</summary>
internal static class ArchitectureEntry
{
    private const int MaxStages = 12, MaxFeatures = 4096, MaxUnits = 64, MaxKernel = 9, MaxStride = 8;

    /// <summary>Reads the architecture of a configuration, in the newer form or in the older one.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelNotSupported"/>, <see cref="Fault.ModelPlanMismatch"/>.</exception>
    public static UNetArchitecture Parse(PlanEntry configuration)
    {
        UNetArchitecture architecture = configuration.Optional("architecture") is { } own ? New(own) : Old(configuration);
        int stages = architecture.Stages;
        bool fits = stages is >= 2 and <= MaxStages && architecture.Kernels.Length == stages && architecture.Strides.Length == stages &&
            architecture.EncoderUnits.Length == stages && architecture.DecoderUnits.Length == stages - 1 &&
            architecture.Features.Append(architecture.StemFeatures).All(n => n is >= 1 and <= MaxFeatures) &&
            architecture.EncoderUnits.Concat(architecture.DecoderUnits).All(n => n is >= 1 and <= MaxUnits);
        if (!fits) throw configuration.Invalid("describes a network whose numbers of stages disagree or are impossible");
        if (architecture.Kernels.SelectMany(k => k).Any(k => k % 2 == 0))
            throw configuration.NotSupported("its network has kernels of an even size");
        return architecture;
    }

    private static UNetArchitecture New(PlanEntry architecture)
    {
        bool isResidual = IsResidualEncoder(architecture["network_class_name"]);
        PlanEntry options = architecture["arch_kwargs"];
        Expect(options["conv_op"], "Conv3d", "convolution");
        if (options.Optional("norm_op") is not { } norm) throw options.NotSupported("its network has no normalisation");
        Expect(norm, "InstanceNorm3d", "normalisation");
        PlanEntry? normOptions = options.Optional("norm_op_kwargs");
        if (normOptions?.Optional("affine") is not { } affine || !affine.Truth())
            throw norm.NotSupported("its network's normalisation has no weights");
        if (normOptions.Value.Optional("eps") is { } epsilon && epsilon.Number() != 1e-5)
            throw epsilon.NotSupported("its network's normalisation adds another number than 1e-5 to the variance");
        if (options.Optional("squeeze_excitation") is { } squeeze && squeeze.Truth())
            throw squeeze.NotSupported("its network has squeeze-and-excitation blocks");
        if (options.Optional("bottleneck_channels") is { } bottleneck) throw bottleneck.NotSupported("its network has bottleneck blocks");
        if (options.Optional("block") is { } block) Expect(block, "BasicBlockD", "block");
        int[] features = Counts(options["features_per_stage"], options["n_stages"].Whole());
        return new UNetArchitecture
        {
            IsResidual = isResidual,
            Features = features,
            StemFeatures = options.Optional("stem_channels")?.Whole() ?? features.FirstOrDefault(),
            Kernels = [.. options["kernel_sizes"].Items().Select(item => item.Triple(MaxKernel))],
            Strides = [.. options["strides"].Items().Select(item => item.Triple(MaxStride))],
            EncoderUnits = Counts(options[isResidual ? "n_blocks_per_stage" : "n_conv_per_stage"], features.Length),
            DecoderUnits = Counts(options["n_conv_per_stage_decoder"], features.Length - 1),
            HasBias = options.Optional("conv_bias")?.Truth() ?? false,
            ActivationFirst = options.Optional("nonlin_first")?.Truth() ?? false,
            Slope = SlopeOf(options),
        };
    }

    private static UNetArchitecture Old(PlanEntry configuration)
    {
        PlanEntry name = configuration["UNet_class_name"];
        bool isResidual = IsResidualEncoder(name);
        (int first, int most) = (configuration["UNet_base_num_features"].Whole(), configuration["unet_max_num_features"].Whole());
        if (first < 1 || most < 1) throw configuration.Invalid("describes a network without channels");
        int[][] strides = [.. configuration["pool_op_kernel_sizes"].Items().Select(item => item.Triple(MaxStride))];
        int[] features = [.. strides.Select((_, stage) => (int)Math.Clamp((double)first * (1L << Math.Min(stage, MaxStages)), 0, most))];
        return new UNetArchitecture
        {
            IsResidual = isResidual,
            Features = features,
            StemFeatures = features.FirstOrDefault(),
            Kernels = [.. configuration["conv_kernel_sizes"].Items().Select(item => item.Triple(MaxKernel))],
            Strides = strides,
            EncoderUnits = Counts(configuration["n_conv_per_stage_encoder"], features.Length),
            DecoderUnits = Counts(configuration["n_conv_per_stage_decoder"], features.Length - 1),
        };
    }

    private static bool IsResidualEncoder(PlanEntry name) => LastPart(name) switch
    {
        "PlainConvUNet" => false,
        "ResidualEncoderUNet" => true,
        var other => throw name.NotSupported($"its network '{other}' is neither PlainConvUNet nor ResidualEncoderUNet"),
    };

    private static double SlopeOf(PlanEntry options) => LastPart(options["nonlin"]) switch
    {
        "LeakyReLU" => options.Optional("nonlin_kwargs")?.Optional("negative_slope")?.Number() ?? 0.01,
        "ReLU" => 0,
        var other => throw options["nonlin"].NotSupported($"its network's activation '{other}' is neither LeakyReLU nor ReLU"),
    };

    private static void Expect(PlanEntry entry, string known, string what)
    {
        string name = LastPart(entry);
        if (name != known) throw entry.NotSupported($"its network's {what} '{name}' is not {known}");
    }

    /// <summary>One number for each stage, or one for all.</summary>
    private static int[] Counts(PlanEntry entry, int stages)
    {
        if (stages is < 1 or > MaxStages) throw entry.Invalid("belongs to a network of an impossible number of stages");
        return entry.IsList ? [.. entry.Items().Select(item => item.Whole())] : [.. Enumerable.Repeat(entry.Whole(), stages)];
    }

    private static string LastPart(PlanEntry entry) => entry.Text().Split('.')[^1];
}
