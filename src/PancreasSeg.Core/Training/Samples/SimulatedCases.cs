using System.Numerics;
using PancreasSeg.Network;
using PancreasSeg.Numerics;
using PancreasSeg.Preprocess;
using PancreasSeg.Simulation;

namespace PancreasSeg.Training;

/// <summary>
/// Simulated abdominal CTs without end. Patients come and go; every case deforms one of them anew and examines it with another
/// scanner, contrast and noise, so no two are alike.
/// </summary>
public sealed class SimulatedCases : ITrainingSource
{
    private const int FirstPatients = 8;

    /// <summary>Parts of a locator's cases: scans that show no trunk, and scans of a trunk beside the pancreas.</summary>
    private const float OtherShare = 0.1f, BesideShare = 0.15f;

    private readonly SimulationOptions _options;
    private readonly SceneCache _patients;
    private readonly byte[] _labelOfTissue = TissueLabels.Table();

    /// <summary>Creates a source.</summary>
    /// <exception cref="CoreException"><see cref="Fault.LabelMissing"/> for a label map without a pancreas.</exception>
    public SimulatedCases(SimulationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (LabelVolume map in options.LabelMaps)
            if (map.Count((byte)AnatomyLabel.Pancreas) == 0)
                throw new CoreException(
                    Fault.LabelMissing, $"The label map '{map.Name}' has no pancreas (label {(int)AnatomyLabel.Pancreas}).", map.Name);
        _options = options;
        _patients = new SceneCache(options.LabelMaps, (float)options.ProceduralShare, (ulong)options.Seed, options.Patients);
    }

    /// <summary>The preparation that fits a stage's cases without resampling them. A refiner's input is smoothed, which brings simulated
    /// and real noise nearer to each other.</summary>
    public static PreprocessPlan Plan(ModelStage stage) => stage == ModelStage.Locator
        ? new PreprocessPlan { Spacing = [5, 5, 5] }
        : new PreprocessPlan { Spacing = [2.5, 2.5, 2.5], BoxSize = [220, 160, 150], Median = true };

    /// <summary>
    /// Tissues beside the pancreas worth telling apart. Small organs at its border weigh more: the duodenum, and the veins behind it.
    /// </summary>
    public static IReadOnlyList<AuxiliaryClass> AuxiliaryClasses { get; } =
    [
        Of("liver", 1, PhantomLabel.Liver), Of("spleen", 1, PhantomLabel.Spleen),
            Of("kidney", 1, PhantomLabel.LeftKidney, PhantomLabel.RightKidney),
        Of("gallbladder", 1, PhantomLabel.Gallbladder), Of("stomach", 1, PhantomLabel.Stomach), Of("duodenum", 1.5, PhantomLabel.Duodenum),
        Of(VesselClasses.Aorta, 1, PhantomLabel.Aorta), Of(VesselClasses.VenaCava, 1, PhantomLabel.InferiorVenaCava),
        Of(VesselClasses.PortalVein, 2, PhantomLabel.PortalAndSplenicVein), Of("bowel", 1, PhantomLabel.Bowel),
            Of("bone", 1, PhantomLabel.Bone),
        Of("muscle", 1, PhantomLabel.Muscle), Of("lung", 1, PhantomLabel.Lung),
    ];

    /// <summary>
    /// Cases to validate on: each another patient, none of those that <see cref="Create"/> makes, with 12 mL of pancreas or more in the
    /// volume.
    /// </summary>
    /// <param name="options">The population that trains.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancellation">Looked at between the parts of a case.</param>
    public static IReadOnlyList<TrainingCase> Validation(SimulationOptions options, int count, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var source = new SimulatedCases(options with { Seed = unchecked(options.Seed * 7919 + 777), CasesPerPatient = 1 });
        return [.. Enumerable.Range(0, int.MaxValue).Select(i => source.Create(i, cancellation))
            .Where(c => c.Label.VolumeMl((byte)PhantomLabel.Pancreas) > 12).Take(count)];
    }

    /// <inheritdoc/>
    public TrainingCase Create(long index, CancellationToken cancellation)
    {
        SeededRandom random = new SeededRandom((ulong)_options.Seed).Fork(FormattableString.Invariant($"case {index}"));
        (Scene scene, VolumeGrid grid) = Scan(index, random);
        SceneDeformation deformation = SceneDeformation.SampleWide(scene.PancreasCentre, random);
        Appearance look = AppearanceRange.Sample(scene.VisceralFat, random);
        RenderedScene image = Renderer.Render(scene, grid, look, deformation, Noise(random), random, cancellation);
        var labels = new byte[image.Classes.Length];
        for (int i = 0; i < labels.Length; i++) labels[i] = _labelOfTissue[image.Classes[i]];
        if (random.Chance(0.12f)) EndScan(image.Hu, labels, grid, random);
        var source = new VolumeSource(FormattableString.Invariant($"simulated-{_options.Seed}-{index}"));
        return new TrainingCase(new CtVolume(grid, image.Hu, source), new LabelVolume(grid, labels, source), source.Name);
    }

    /// <summary>What lies in the scanner, and the field of view. A locator also sees scans without a pancreas: of the trunk above or below
    /// it, and of things that are no trunk.</summary>
    private (Scene Scene, VolumeGrid Grid) Scan(long index, SeededRandom random)
    {
        bool locates = _options.Stage == ModelStage.Locator;
        if (locates && random.Chance(OtherShare))
        {
            Scene other = OtherScene.Draw(random);
            return (other, TrunkGrid(other, random));
        }
        Scene scene = _patients.Get(PatientOf(index, random));
        VolumeGrid grid = !locates ? PancreasGrid(scene, random)
            : random.Chance(BesideShare) ? BesideGrid(scene, random) : TrunkGrid(scene, random);
        return (scene, grid);
    }

    private long PatientOf(long index, SeededRandom random)
    {
        if (_options.CasesPerPatient == 1) return index;
        long newest = FirstPatients - 1 + index / _options.CasesPerPatient;
        return newest - random.Integer(0, (int)Math.Min(newest, _options.Patients - 1));
    }

    /// <summary>The refiner's box with the pancreas somewhere near the middle.</summary>
    private static VolumeGrid PancreasGrid(Scene scene, SeededRandom random) =>
        Centred(88, 64, 2.5f, 150, scene.PancreasCentre + random.Jitter(30, 24, 26), random);

    /// <summary>A trunk of 160-300 mm height; now and then the field of view cuts the flanks.</summary>
    private static VolumeGrid TrunkGrid(Scene scene, SeededRandom random)
    {
        int columns = random.Chance(0.2f) ? 64 : random.Chance(0.6f) ? 80 : 96, rows = columns == 64 ? 64 : random.Chance(0.5f) ? 64 : 80;
        Vector3 centre = Middle(scene, random) with { Z = scene.PancreasCentre.Z + random.Uniform(-85, 75) };
        return Centred(columns, rows, 5, 5 * random.Integer(32, 60), centre, random);
    }

    /// <summary>The chest or the lower abdomen: a field of view of 100-180 mm height that ends where the pancreas begins, or
    /// before.</summary>
    private static VolumeGrid BesideGrid(Scene scene, SeededRandom random)
    {
        float height = 5 * random.Integer(20, 36), away = random.Uniform(45, 80) + 0.5f * height;
        Vector3 centre = Middle(scene, random) with { Z = scene.PancreasCentre.Z + random.Sign() * away };
        return Centred(80, 80, 5, height, centre, random);
    }

    private static Vector3 Middle(Scene scene, SeededRandom random) => scene.BodyCentre + random.Jitter(22, 18, 0);

    /// <summary>A grid in whose middle a point lies. Half of all scans have thicker slices than the network sees.</summary>
    private static VolumeGrid Centred(int columns, int rows, float spacing, float height, Vector3 centre, SeededRandom random)
    {
        float thickness = random.Chance(0.5f) ? spacing : random.Uniform(spacing, spacing + 4);
        int slices = (int)MathF.Round(height / thickness);
        thickness = height / slices;
        return VolumeGrid.Axial(columns, rows, slices, new(spacing, spacing, thickness),
            new(centre.X - 0.5 * (columns - 1) * spacing, centre.Y - 0.5 * (rows - 1) * spacing,
                centre.Z - 0.5 * (slices - 1) * thickness));
    }

    /// <summary>HU. Thin slices brought to the network's voxels have lost most of their noise, slices of its thickness have not.</summary>
    private static float Noise(SeededRandom random)
    {
        (float low, float high) = random.Chance(0.55f) ? (1, 6) : (3, 20);
        return MathF.Exp(random.Uniform(MathF.Log(low), MathF.Log(high)));
    }

    /// <summary>The scan ends inside the box, below or above: air from there on.</summary>
    private static void EndScan(float[] hu, byte[] labels, VolumeGrid grid, SeededRandom random)
    {
        int plane = grid.SliceLength, cut = plane * random.Integer(1, grid.Slices * 2 / 5);
        int from = random.Chance(0.5f) ? 0 : hu.Length - cut;
        hu.AsSpan(from, cut).Fill(CtVolume.AirHu);
        labels.AsSpan(from, cut).Clear();
    }

    private static AuxiliaryClass Of(string name, double weight, params PhantomLabel[] labels) =>
        new(name, [.. labels.Select(l => (byte)l)], weight);
}
