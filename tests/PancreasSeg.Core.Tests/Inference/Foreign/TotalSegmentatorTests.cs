using System.Text.Json.Nodes;
using PancreasSeg.Inference;
using PancreasSeg.Inference.Foreign;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Core.Tests.Inference.Foreign;

/// <summary>The steps round TotalSegmentator's networks, by a network that tells a voxel's class from its own value.</summary>
public sealed class TotalSegmentatorTests : IDisposable
{
    private const string Organs = "Dataset291_TotalSegmentator_part1_organs_1559subj";

    private readonly TemporaryFolder _folder = new();
    private readonly SmallNnUNet _small = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Class 2 above an input of 1, else class 1; notes how often it is asked.</summary>
    private sealed class Above : IPatchNetwork
    {
        public int Channels => 3;

        public int Calls { get; private set; }

        public void Run(ReadOnlyMemory<float> patch, Span<float> logits, CancellationToken cancellation)
        {
            Calls++;
            for (int i = 0; i < patch.Length; i++)
            {
                // Far apart, as weights have but one digit at a patch's corners.
                (logits[i], logits[patch.Length + i], logits[2 * patch.Length + i]) = (-100, 0, 64 * (patch.Span[i] - 1));
            }
        }

        public void Dispose() { }
    }

    [Theory]
    [InlineData(Organs, "nnUNetTrainerNoMirroring", "nnUNetPlans", true)]
    [InlineData("Dataset298_TotalSegmentator_total_6mm_1559subj", "nnUNetTrainer_4000epochs_NoMirroring", "nnUNetPlans", true)]
    [InlineData("Dataset831_TotalSegmentator_part1_organs_1830subj", "nnUNetTrainerNoMirroring", "nnUNetResEncUNetLPlans_8", true)]
    [InlineData("Dataset291_Pancreas", "nnUNetTrainerNoMirroring", "nnUNetPlans", false)]
    [InlineData("Dataset299_TotalSegmentator_body", "nnUNetTrainerNoMirroring", "nnUNetPlans", false)]
    [InlineData(Organs, "nnUNetTrainer", "nnUNetPlans", false)]
    [InlineData(Organs, "nnUNetTrainerNoMirroring", "nnUNetResEncUNetMPlans", false)]
    [InlineData("", "nnUNetTrainerNoMirroring", "nnUNetPlans", false)]
    public void Its_models_are_known_by_data_set_trainer_and_plans(string dataSet, string trainer, string plans, bool expected)
    {
        NnUNetModel model = Model(dataSet);
        model = model with { Trainer = trainer, Plans = model.Plans with { Name = plans } };
        Assert.Equal(expected, TotalSegmentatorModel.Is(model));
        Assert.Equal(expected ? NnUNetPreparation.TotalSegmentator : NnUNetPreparation.NnUNet,
            TotalSegmentatorModel.Resolve(NnUNetPreparation.Auto, model));
    }

    [Theory]
    [InlineData(NnUNetPreparation.Auto, NnUNetPreparation.TotalSegmentator, 0.8)]
    [InlineData(NnUNetPreparation.TotalSegmentatorCubic, NnUNetPreparation.TotalSegmentatorCubic, 0.8)]
    [InlineData(NnUNetPreparation.NnUNet, NnUNetPreparation.NnUNet, 0.5)]
    public void The_answer_says_whose_steps_were_taken(NnUNetPreparation asked, NnUNetPreparation taken, double step)
    {
        using NnUNetSegmenter segmenter = Segmenter(Organs, out _);
        NnUNetAnswer answer = segmenter.Run(Ct("LPS"), new NnUNetOptions { Preparation = asked });
        Assert.Equal((taken, step, taken == NnUNetPreparation.NnUNet ? "LPS" : "RAS"),
            (answer.Preparation, answer.Step, answer.Orientation));
    }

    [Theory]
    [InlineData("LPS")]
    [InlineData("RAS")]
    [InlineData("PIR")]
    public void Labels_are_those_of_the_nearest_voxel_of_the_resampled_ct(string orientation)
    {
        CtVolume ct = Ct(orientation);
        using NnUNetSegmenter segmenter = Segmenter(Organs, out _);
        NnUNetAnswer answer = segmenter.Run(ct, new NnUNetOptions { ProbabilityOf = "pancreas" });
        LabelVolume made = answer.Labels;
        Assert.Equal(made.Labels.ToArray().Select(label => label == 2), answer.Probability!.Values.ToArray().Select(p => p > 0.5f));

        // One voxel at a time: the place of its nearest neighbour among the resampled voxels, and there the HU of eight source voxels.
        VolumeGrid ras = ct.Grid.Oriented("RAS");
        int[] from = [ras.Columns, ras.Rows, ras.Slices];
        int[] to = [.. from.Select((n, a) => (int)Math.Round(n * ((float)ras.Spacing[a] / (a == 2 ? 3.0 : 2.0)), MidpointRounding.ToEven))];
        Assert.NotEqual(from, to);
        CtVolume turned = ct.To(ras);
        byte[] labels = made.To(ras).Labels.ToArray();
        int compared = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            int[] voxel = [i % from[0], i / from[0] % from[1], i / (from[0] * from[1])];
            double[] at = new double[3];
            for (int a = 0; a < 3; a++)
            {
                int near = (int)Math.Floor(voxel[a] * (to[a] - 1.0) / (from[a] - 1) + 0.5);
                at[a] = near * (from[a] - 1.0) / (to[a] - 1);
            }
            double hu = 0;
            for (int corner = 0; corner < 8; corner++)
            {
                double weight = 1;
                int[] index = new int[3];
                for (int a = 0; a < 3; a++)
                {
                    int low = Math.Min((int)at[a], from[a] - 2), up = corner >> a & 1;
                    index[a] = low + up;
                    weight *= up == 1 ? at[a] - low : 1 - (at[a] - low);
                }
                hu += weight * turned.GetHu(index[0], index[1], index[2]);
            }
            if (Math.Abs(hu - 90) < 1.5) continue;                               // 90 HU are 1 for the network
            compared++;
            Assert.Equal(hu > 90 ? 2 : 1, labels[i]);
        }
        Assert.InRange(compared, labels.Length * 9 / 10, labels.Length);
    }

    [Fact]
    public void A_ct_of_the_plans_voxel_size_is_left_as_it_is()
    {
        CtVolume ct = new(VolumeGrid.Axial(16, 16, 8, new Vector3D(2, 2, 3)), [.. Enumerable.Repeat(-0.6f, 2048)], new VolumeSource("a"));
        using NnUNetSegmenter segmenter = Segmenter(Organs, out _);
        Assert.Equal(-0.6f, First(ct), 1e-4f);
        Assert.Equal(0, First(new CtVolume(VolumeGrid.Axial(16, 16, 8, new Vector3D(2, 2, 3.5)), ct.Floats.ToArray(), ct.Source)), 1e-4f);

        float First(CtVolume volume) => NnUNetInput.Prepare(volume, volume.Grid, Model(Organs).Plans, NnUNetPreparation.TotalSegmentator,
            default).Image.Values[0] * 40 + 50;
    }

    [Fact]
    public void Patches_lie_further_apart()
    {
        CtVolume ct = new(VolumeGrid.Axial(28, 16, 8, new Vector3D(2, 2, 3)), new short[28 * 16 * 8], new VolumeSource("a"));
        foreach ((NnUNetPreparation preparation, int calls) in new[] { (NnUNetPreparation.Auto, 2), (NnUNetPreparation.NnUNet, 3) })
        {
            using NnUNetSegmenter segmenter = Segmenter(Organs, out Above network);
            segmenter.Run(ct, new NnUNetOptions { Preparation = preparation });
            Assert.Equal(calls, network.Calls);
        }
    }

    private NnUNetSegmenter Segmenter(string dataSet, out Above network) => new(Model(dataSet), [network = new Above()]);

    private NnUNetModel Model(string dataSet)
    {
        _small.Plans["dataset_name"] = dataSet;
        _small.Configuration["spacing"] = new JsonArray(3.0, 2.0, 2.0);
        return NnUNetModel.Read(_small.Write(_folder.FullName)) with { Trainer = "nnUNetTrainerNoMirroring" };
    }

    /// <summary>Smooth waves between 20 and 160 HU.</summary>
    private static CtVolume Ct(string orientation)
    {
        VolumeGrid lps = VolumeGrid.Axial(23, 19, 14, new Vector3D(1.3, 2.4, 2.5), new Vector3D(-5, 7, 9));
        VolumeGrid grid = lps.Oriented(orientation);
        short[] hu = [.. Enumerable.Range(0, lps.VoxelCount).Select(i => (short)(90
            + 35 * Math.Sin(i % 23 * 0.9) + 35 * Math.Cos(i / 23 % 19 * 0.7 + i / 437)))];
        return new CtVolume(grid, IndexMap.Between(lps, grid)!.Copy<short>(hu, 0, default), new VolumeSource("ct", null, "1.2.3"));
    }
}
