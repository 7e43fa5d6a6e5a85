namespace PancreasSeg.Network.Foreign;

/// <summary>One configuration of an nnU-Net plan, e.g. 3d_fullres. Lists of three are in the order of the network's axes.</summary>
internal sealed record NnUNetConfiguration
{
    private const int MaxPatchVoxels = 1 << 26, MaxPatch = 1024;

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Voxel size of the network's input in mm.</summary>
    public required IReadOnlyList<double> Spacing { get; init; }

    /// <summary>Voxels that the network sees at a time.</summary>
    public required int[] Patch { get; init; }

    /// <summary>What becomes of the HU.</summary>
    public required IntensityScheme Intensity { get; init; }

    /// <summary>How the image is resampled.</summary>
    public required ResamplingScheme DataResampling { get; init; }

    /// <summary>How the network's answer is resampled.</summary>
    public required ResamplingScheme AnswerResampling { get; init; }

    /// <summary>The network.</summary>
    public required UNetArchitecture Architecture { get; init; }

    /// <summary>Reads a configuration.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelNotSupported"/> for one that this version cannot run, by name;
    /// <see cref="Fault.ModelPlanMismatch"/> for one that is impossible.</exception>
    public static NnUNetConfiguration Parse(string name, PlanEntry plans, PlanEntry configuration)
    {
        if (configuration.Optional("previous_stage") is { } stage)
            throw stage.NotSupported($"'{name}' is the second part of a cascade and needs the result of '{stage.Text()}'");
        PlanEntry patch = configuration["patch_size"];
        if (patch.Items().Length == 2) throw patch.NotSupported($"the configuration '{name}' is a 2-D network");
        Expect(configuration, "preprocessor_name", "DefaultPreprocessor", "preprocessing");
        int[] size = patch.Triple(MaxPatch);
        if ((long)size[0] * size[1] * size[2] > MaxPatchVoxels) throw patch.Invalid("is too large");
        double[] spacing = [.. configuration["spacing"].Items().Select(item => item.Number())];
        if (spacing.Length != 3 || spacing.Any(s => s is <= 0 or > 1000))
            throw configuration["spacing"].Invalid("is not three voxel sizes in mm");
        UNetArchitecture architecture = ArchitectureEntry.Parse(configuration);
        for (int axis = 0; axis < 3; axis++)
        {
            long divisor = architecture.Strides.Aggregate(1L, (product, stride) => product * stride[axis]);
            if (size[axis] % divisor != 0)
                throw patch.Invalid($"is not a multiple of {divisor} along axis {axis}, as the network's strides ask");
        }
        return new NnUNetConfiguration
        {
            Name = name,
            Spacing = spacing,
            Patch = size,
            Intensity = IntensityScheme.Parse(plans, configuration),
            DataResampling = ResamplingScheme.Parse(configuration, "resampling_fn_data", 3, 1, 0),
            AnswerResampling = ResamplingScheme.Parse(configuration, "resampling_fn_probabilities", 1, 0),
            Architecture = architecture,
        };
    }

    private static void Expect(PlanEntry configuration, string entry, string known, string what)
    {
        if (configuration.Optional(entry) is { } found && found.Text() != known)
            throw found.NotSupported($"its {what} '{found.Text()}' is not one that this version knows");
    }
}
