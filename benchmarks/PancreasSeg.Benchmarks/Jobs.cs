using PancreasSeg.Dicom;
using PancreasSeg.Evaluation;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Nifti;
using PancreasSeg.Postprocess;
using PancreasSeg.Preprocess;
using PancreasSeg.Segmentation;
using PancreasSeg.Simulation;
using PancreasSeg.TestSupport;
using static TorchSharp.torch;

namespace PancreasSeg.Benchmarks;

/// <summary>What is measured: the network at full size, the work on volumes round it, and the whole way of one case.</summary>
internal static class Jobs
{
    private static readonly VolumeGrid s_ctGrid = VolumeGrid.Axial(512, 512, 130, new(0.8, 0.8, 2.5));

    private static string StarterPath => Path.Combine(Settings.Root, "models", "pancreas-starter.safetensors");

    /// <summary>All jobs.</summary>
    public static IReadOnlyList<Job> All(Settings settings)
    {
        (int size, string dicom) = (settings.Size, settings.Dicom!);
        var plan = new PreprocessPlan { Size = [size, size, size] };
        string Output(string name) => Path.Combine(settings.Work, name);
        double gigaflop = 2 * 588 * Math.Pow(size / 160.0, 3);
        return
        [
            MatrixProduct.Of(MatrixProduct.Float32, ScalarType.Float32),
            MatrixProduct.Of(MatrixProduct.BFloat16, ScalarType.BFloat16),
            new("forward plain float32", true, () => PlainForward(size), gigaflop, MatrixProduct.Float32),
            new("forward float32", true, () => Forward(Precision.Float32, plan), gigaflop, MatrixProduct.Float32),
            new("forward bfloat16", true, () => Forward(Precision.BFloat16, plan), gigaflop, MatrixProduct.BFloat16),
            new("forward bfloat16 in slabs", true, () => Forward(Precision.BFloat16, plan, isTight: true), gigaflop,
                MatrixProduct.BFloat16),
            new("forward ONNX Runtime", true, () => OnnxForward(plan), gigaflop, MatrixProduct.Float32),
            new("forward slice network", true, () => Forward(Precision.Auto, plan, NetworkKind.SliceUNet)),
            .. NnUNetJobs.All(settings),
            new("starter model 512x512x130", false, Starter),
            new($"batch of {BatchJobs.Studies} studies, starter model", true,
                () => BatchJobs.Throughput(settings.Work, StarterPath, StarterCt())),
            new("report of 1,000 studies", false, () => BatchJobs.Report(settings.Work, 1000)),
            new("DICOM SEG of 140 slices", false, () => Seg(dicom, Output("mask.seg.dcm"))),
            .. CodecJobs.All(settings),
            new("training step plain float32", true, () => TrainingJobs.Plain(size)),
            new("training step", true, () => TrainingJobs.Fast(size)),
            new("512x512x130 to the network's grid", false, () => Run(Ct(s_ctGrid), ct => new Preprocessor(plan).Prepare(ct))),
            new("probabilities to mask 512x512x130", false, () =>
                Run(Ball(s_ctGrid.ToCanonical().WithSize(size, size, size)), p => SourceGrid.Mask(p, s_ctGrid, 0.5, new("mask")))),
            new("largest component", false, () => Run(Mask(), m => Components.Largest(m))),
            new("Dice, HD95, ASSD, NSD", false, () => Run((Mask(), Mask(1.1)), m => SegmentationMeasure.Compare(m.Item1, m.Item2))),
            new("CT to .nii", false, () => Run(Ct(s_ctGrid), ct => NiftiFile.Write(Output("ct.nii"), ct))),
            new("CT to .nii.gz", false, () => Run(Ct(s_ctGrid), ct => NiftiFile.Write(Output("ct.nii.gz"), ct))),
            new("DICOM folder to volume", false, () => () => CtSeriesReader.Read(dicom)),
            new("DICOM folder to .nii", false, () => () => NiftiFile.Write(Output("series.nii"), CtSeriesReader.Read(dicom))),
            new("DICOM folder to .nii.gz", false, () => () => NiftiFile.Write(Output("series.nii.gz"), CtSeriesReader.Read(dicom))),
            new("DICOM folder to mask .nii.gz", true, () => Whole(dicom, Output("mask.nii.gz"), plan)),
        ];
    }

    /// <summary>Dice of the starter model's masks of a simulated CT in bfloat16 and float32.</summary>
    public static double DiceOfPrecisions()
    {
        PancreasModel model = ModelFile.Read(StarterPath);
        CtVolume ct = CtPhantom.Create(new PhantomOptions()).Image;
        LabelVolume[] masks = [.. ((Precision[])[Precision.Float32, Precision.BFloat16]).Select(precision =>
        {
            using var pipeline = new SegmentationPipeline(
                model, stage => new TorchEngine(stage, new EngineOptions { Device = ComputeDevice.Cpu, Precision = precision }));
            return pipeline.Run(ct, new SegmentationOptions { AcceptAnyInput = true }).Mask!;
        })];
        return SegmentationMeasure.Compare(masks[0], masks[1]).Dice;
    }

    private static Action PlainForward(int size)
    {
        var spec = new NetworkSpec();
        TorchRuntime.Start(ComputeDevice.Cpu, Precision.Float32, null);
        var network = new PlainAttentionUNet(spec, InitialWeights.Draw(spec, 1));
        float[] input = Input(size);
        return () =>
        {
            using var scope = NewDisposeScope();
            using var noGradients = inference_mode(true);
            network.Probability(VolumeTensor.From(input, size, size, size)).sum().item<float>();
        };
    }

    /// <summary>A pass over a cube in the number format that the machine does best.</summary>
    public static Action Forward(int size) => Forward(Precision.Auto, new PreprocessPlan { Size = [size, size, size] });

    /// <param name="precision">Number format.</param>
    /// <param name="plan">Its size is the input's.</param>
    /// <param name="kind">Which network.</param>
    /// <param name="isTight">True leaves the engine three quarters of the memory that the network's tensors would take.</param>
    private static Action Forward(
        Precision precision, PreprocessPlan plan, NetworkKind kind = NetworkKind.AttentionUNet, bool isTight = false)
    {
        int size = plan.Size![0];
        const long Limit = 1L << 40;
        var engine =
            new TorchEngine(Model(plan, kind), new EngineOptions { Device = ComputeDevice.Cpu, Precision = precision, MaxMemory = Limit });
        Execution execution = engine.Settle(size, size, size);
        if (isTight) execution = engine.Settle(size, size, size, held: Limit - execution.Memory!.Total + execution.Memory.Network / 4);
        float[] input = Input(size);
        return () => engine.Run(input, execution);
    }

    private static Action OnnxForward(PreprocessPlan plan)
    {
        int size = plan.Size![0];
        ISegmentationEngine engine = new OnnxEngine(Model(plan), new EngineOptions());
        Execution execution = engine.Settle(size, size, size);
        float[] input = Input(size);
        return () => engine.Run(input, execution);
    }

    /// <summary>The released model on the simulated CT, brought to the size of a real one.</summary>
    private static Action Starter()
    {
        PancreasModel model = ModelFile.Read(StarterPath);
        CtVolume ct = StarterCt();
        var pipeline = new SegmentationPipeline(model, stage => new TorchEngine(stage));
        return () => pipeline.Run(ct, new SegmentationOptions { AcceptAnyInput = true });
    }

    private static CtVolume StarterCt() => CtPhantom.Create(new PhantomOptions()).Image.To(s_ctGrid);

    private static Action Seg(string dicom, string path)
    {
        CtVolume ct = CtSeriesReader.Read(dicom);
        LabelVolume mask = SourceGrid.Mask(Ball(ct.Grid), ct.Grid, 0.5, ct.Source);
        return () =>
        {
            var export = new DicomExport(new DicomExportRequest { Mask = mask, SourcePath = dicom });
            export.Write(export.Outputs[0], path);
        };
    }

    private static Action Whole(string dicom, string path, PreprocessPlan plan)
    {
        PancreasModel model = Model(plan);
        var pipeline = new SegmentationPipeline(model, new TorchEngine(model));
        return () =>
            NiftiFile.Write(path, pipeline.Run(CtSeriesReader.Read(dicom), new SegmentationOptions { AcceptAnyInput = true }).Mask!);
    }

    private static Action Run<T>(T input, Action<T> action) => () => action(input);

    // Full-size weights as training starts with: time and memory do not depend on their values.
    private static PancreasModel Model(PreprocessPlan plan, NetworkKind kind = NetworkKind.AttentionUNet)
    {
        var spec = new NetworkSpec { Kind = kind };
        ModelWeights weights = InitialWeights.Draw(spec, 1);
        return new PancreasModel(new ModelHeader
        {
            FormatVersion = ModelHeader.CurrentVersion,
            Name = "benchmark",
            Network = spec,
            Plan = plan,
            Threshold = 0.5,
            Curve = [],
            Validation = [],
            TrainingData = "none",
            License = "none",
            Sha256 = weights.Sha256(),
        }, weights);
    }

    private static float[] Input(int size)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, size * size * size).Select(_ => random.NextSingle() * 2 - 1)];
    }

    /// <summary>Soft tissue in a cylinder of air with noise of 12 HU, as hard to compress as a real CT.</summary>
    internal static CtVolume Ct(VolumeGrid grid)
    {
        var random = new Random(1);
        var hu = new short[grid.VoxelCount];
        for (int i = 0; i < hu.Length; i++)
        {
            int c = i % 512 - 256, r = i / 512 % 512 - 256;
            double noise = (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 24;
            hu[i] = c * c + r * r < 200 * 200 ? (short)(40 + noise) : (short)-1024;
        }
        return new CtVolume(grid, hu, new VolumeSource("benchmark"));
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
}
