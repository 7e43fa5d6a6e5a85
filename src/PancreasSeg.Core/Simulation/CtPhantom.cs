using PancreasSeg.Numerics;

namespace PancreasSeg.Simulation;

/// <summary>Makes synthetic abdominal CTs with known truth: a random patient, examined by a random scanner.</summary>
public static class CtPhantom
{
    /// <summary>Makes a case. The field of view is centred on the trunk at the height of the pancreas.</summary>
    /// <exception cref="CoreException"><see cref="Fault.GridInvalid"/> or <see cref="Fault.VolumeTooLarge"/> for an impossible size or
    /// spacing.</exception>
    /// <exception cref="CoreException"><see cref="Fault.LabelMissing"/> for a label map without a pancreas.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The noise is negative or above 1000 HU.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static PhantomCase Create(PhantomOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!(options.NoiseHu >= 0 && options.NoiseHu < 1000))
            throw new ArgumentOutOfRangeException(nameof(options), options.NoiseHu, "Noise is a standard deviation from 0 to 1000 HU.");
        (int columns, int rows, int slices) = options.Size;
        var random = new SeededRandom((ulong)options.Seed);
        if (options.Spacing.X <= 0 || options.Spacing.Y <= 0 || options.Spacing.Z <= 0)
            throw new CoreException(
                Fault.GridInvalid, $"A voxel size of {options.Spacing} mm is not possible.", remedy: "Give three positive numbers in mm.");
        // Checks the size before any work; the origin follows from the scene.
        VolumeGrid grid = VolumeGrid.Axial(columns, rows, slices, options.Spacing);
        const float lift = 4;
        float half = 0.5f * (float)(slices * options.Spacing.Z);
        float spacing = Math.Clamp(0.75f * (float)Math.Min(options.Spacing.X, options.Spacing.Y), 1.25f, 3);
        Patient patient = options.LabelMap is { } map ? Patient.Around(map, random.Next(), cancellation: cancellation)
            : Patient.Draw(random.Next());
        Scene scene = SceneBuilder.Build(patient, spacing, half - lift + 4, half + lift + 4, cancellation);
        var origin = new Vector3D(
            scene.BodyCentre.X - 0.5 * (columns - 1) * options.Spacing.X,
            scene.BodyCentre.Y - 0.5 * (rows - 1) * options.Spacing.Y,
            patient.Frame.Z + lift - 0.5 * (slices - 1) * options.Spacing.Z);
        grid = VolumeGrid.Axial(columns, rows, slices, options.Spacing, origin);
        Appearance look = Appearance.Sample(options.Phase, scene.VisceralFat, random.Fork("appearance"));
        RenderedScene rendered =
            Renderer.Render(scene, grid, look, SceneDeformation.None, (float)options.NoiseHu, random.Fork("rendering"), cancellation);
        var source = new VolumeSource(FormattableString.Invariant($"phantom-{options.Seed}"));
        byte[] labels = Labels(rendered.Classes);
        if (options.LabelMap is not null) KeepGiven(labels, options.LabelMap.To(grid, cancellation));
        return new PhantomCase(new CtVolume(grid, Round(rendered.Hu), source), new LabelVolume(grid, labels, source));
    }

    private static short[] Round(float[] hu)
    {
        var values = new short[hu.Length];
        for (int i = 0; i < hu.Length; i++) values[i] = (short)MathF.Round(Math.Clamp(hu[i], CtVolume.AirHu, 3071));
        return values;
    }

    /// <summary>Given organs keep exactly their voxels; painting rounds their surface by a fraction of a millimetre.</summary>
    private static void KeepGiven(byte[] labels, LabelVolume given)
    {
        ReadOnlySpan<byte> map = given.Labels.Span;
        var isGiven = new bool[256];
        foreach (byte organ in map) isGiven[(byte)LabelOf((AnatomyLabel)organ)] = true;
        isGiven[(byte)PhantomLabel.Background] = false;
        for (int i = 0; i < labels.Length; i++)
        {
            PhantomLabel label = LabelOf((AnatomyLabel)map[i]);
            if (label != PhantomLabel.Background || isGiven[labels[i]]) labels[i] = (byte)label;
        }
    }

    private static PhantomLabel LabelOf(AnatomyLabel organ) => organ switch
    {
        AnatomyLabel.Spleen => PhantomLabel.Spleen,
        AnatomyLabel.Pancreas => PhantomLabel.Pancreas,
        AnatomyLabel.LeftKidney => PhantomLabel.LeftKidney,
        AnatomyLabel.Gallbladder => PhantomLabel.Gallbladder,
        AnatomyLabel.Oesophagus => PhantomLabel.Oesophagus,
        AnatomyLabel.Liver => PhantomLabel.Liver,
        AnatomyLabel.Stomach => PhantomLabel.Stomach,
        AnatomyLabel.Duodenum => PhantomLabel.Duodenum,
        _ => PhantomLabel.Background,
    };

    private static byte[] Labels(byte[] classes)
    {
        byte[] table = TissueLabels.Table();
        var labels = new byte[classes.Length];
        for (int i = 0; i < classes.Length; i++) labels[i] = table[classes[i]];
        return labels;
    }
}
