using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Dicom;
using PancreasSeg.Evaluation;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Nifti;
using PancreasSeg.Postprocess;
using PancreasSeg.Preprocess;
using static TorchSharp.torch;

namespace PancreasSeg.Benchmarks;

/// <summary>What is measured: the network at full size, the work on volumes round it, and the whole way of one case.</summary>
internal static class Jobs
{
    private const int Size = 160;

    private static readonly VolumeGrid s_ctGrid = VolumeGrid.Axial(512, 512, 130, new(0.8, 0.8, 2.5));
    private static readonly PreprocessPlan s_plan = new() { Size = [Size, Size, Size] };

    /// <summary>All jobs.</summary>
    /// <param name="dicom">A folder with a CT series, for the jobs that read one.</param>
    public static IReadOnlyList<Job> All(string? dicom) =>
    [
        new("forward plain float32", PlainForward),
        new("forward float32", () => Forward(Precision.Float32)),
        new("forward bfloat16", () => Forward(Precision.BFloat16)),
        new("512x512x130 to 160^3", () => Run(Ct(), ct => new Preprocessor(s_plan).Prepare(ct))),
        new("160^3 to mask 512x512x130", () => Run(Ball(s_ctGrid.ToCanonical().WithSize(Size, Size, Size)), p => SourceGrid.Mask(p, s_ctGrid, 0.5, new("mask")))),
        new("largest component", () => Run(Mask(), m => Components.Largest(m))),
        new("Dice, HD95, ASSD, NSD", () => Run((Mask(), Mask(1.1)), m => SegmentationMeasure.Compare(m.Item1, m.Item2))),
        new("CT to .nii", () => Write("ct.nii")),
        new("CT to .nii.gz", () => Write("ct.nii.gz")),
        new("DICOM folder to volume", () => dicom is null ? null : () => CtSeriesReader.Read(dicom)),
        new("DICOM folder to .nii", () => Convert(dicom, "series.nii")),
        new("DICOM folder to .nii.gz", () => Convert(dicom, "series.nii.gz")),
        new("DICOM folder to mask .nii.gz", () => Whole(dicom)),
    ];

    private static Action PlainForward()
    {
        var spec = new NetworkSpec();
        TorchRuntime.Start(ComputeDevice.Cpu, Precision.Float32, null);
        var network = new PlainAttentionUNet(spec, InitialWeights.Draw(spec, 1));
        float[] input = Input();
        return () =>
        {
            using var scope = NewDisposeScope();
            using var noGradients = inference_mode(true);
            network.Probability(VolumeTensor.From(input, Size, Size, Size)).sum().item<float>();
        };
    }

    private static Action Forward(Precision precision)
    {
        var engine = new TorchEngine(Model(), new EngineOptions { Device = ComputeDevice.Cpu, Precision = precision });
        float[] input = Input();
        return () => engine.Run(input, Size, Size, Size);
    }

    private static Action? Whole(string? dicom)
    {
        if (dicom is null) return null;
        PancreasModel model = Model();
        var pipeline = new SegmentationPipeline(model, new TorchEngine(model));
        string path = Temporary("mask.nii.gz");
        return () => NiftiFile.Write(path, pipeline.Run(CtSeriesReader.Read(dicom), new SegmentationOptions { AcceptAnyInput = true }).Mask!);
    }

    private static Action? Convert(string? dicom, string name)
    {
        string path = Temporary(name);
        return dicom is null ? null : () => NiftiFile.Write(path, CtSeriesReader.Read(dicom));
    }

    private static Action Write(string name)
    {
        string path = Temporary(name);
        return Run(Ct(), ct => NiftiFile.Write(path, ct));
    }

    private static Action Run<T>(T input, Action<T> action) => () => action(input);

    // Full-size weights as training starts with: time and memory do not depend on their values.
    private static PancreasModel Model()
    {
        var spec = new NetworkSpec();
        ModelWeights weights = InitialWeights.Draw(spec, 1);
        return new PancreasModel(new ModelHeader
        {
            FormatVersion = ModelHeader.CurrentVersion,
            Name = "benchmark",
            Network = spec,
            Plan = s_plan,
            Threshold = 0.5,
            Curve = [],
            Validation = [],
            TrainingData = "none",
            License = "none",
            Sha256 = weights.Sha256(),
        }, weights);
    }

    private static float[] Input()
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, Size * Size * Size).Select(_ => random.NextSingle() * 2 - 1)];
    }

    /// <summary>Soft tissue in a cylinder of air with noise of 12 HU, as hard to compress as a real CT.</summary>
    private static CtVolume Ct()
    {
        var random = new Random(1);
        var hu = new short[s_ctGrid.VoxelCount];
        for (int i = 0; i < hu.Length; i++)
        {
            int c = i % 512 - 256, r = i / 512 % 512 - 256;
            double noise = (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 24;
            hu[i] = c * c + r * r < 200 * 200 ? (short)(40 + noise) : (short)-1024;
        }
        return new CtVolume(s_ctGrid, hu, new VolumeSource("benchmark"));
    }

    /// <summary>Probability that falls from 1 in the middle to 0 at the rim of a ball of 40 mm radius: about 270 mL.</summary>
    private static ProbabilityVolume Ball(VolumeGrid grid, double scale = 1)
    {
        var values = new float[grid.VoxelCount];
        Vector3D centre = grid.Affine.Apply(new(grid.Columns / 2.0, grid.Rows / 2.0, grid.Slices / 2.0));
        for (int s = 0, i = 0; s < grid.Slices; s++)
            for (int r = 0; r < grid.Rows; r++)
                for (int c = 0; c < grid.Columns; c++, i++)
                    values[i] = (float)Math.Clamp(1 - (grid.Affine.Apply(new(c, r, s)) - centre).Length / (80 * scale), 0, 1);
        return new ProbabilityVolume(grid, values);
    }

    private static LabelVolume Mask(double scale = 1) => SourceGrid.Mask(Ball(s_ctGrid, scale), s_ctGrid, 0.5, new VolumeSource("mask"));

    private static string Temporary(string name) => Path.Combine(Directory.CreateTempSubdirectory("PancreasSeg-bench-").FullName, name);
}
