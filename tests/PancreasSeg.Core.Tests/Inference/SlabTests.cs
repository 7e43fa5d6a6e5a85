using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Network;

namespace PancreasSeg.Core.Tests.Inference;

[Collection(TorchTests.Name)]
public class SlabTests
{
    private const long Limit = 1L << 40;

    private static readonly EngineOptions s_limited =
        new() { Device = ComputeDevice.Cpu, Precision = Precision.Float32, ThreadCount = 1, MaxMemory = Limit };

    [Theory]
    [InlineData(2, 40, 2, "slabs of 20")]
    [InlineData(2, 41, 3, "slabs of 14")]
    [InlineData(2, 23, 23, "slabs of 1")]
    [InlineData(3, 50, 5, "slabs of 10")]
    public void Slabs_say_what_the_whole_volume_says(int stages, int depth, int count, string execution)
    {
        var spec = new NetworkSpec { Filters = 4, Stages = stages, Classes = 3 };
        float[] input = TestModels.Input(depth, 16, 32);
        using var engine = new TorchEngine(TestModels.Model(spec), s_limited);
        float[] whole = engine.Run(input, depth, 16, 32);
        byte[] classes = engine.Classify(input, depth, 16, 32)!;
        Execution slabs = Force(engine, spec, depth, count);
        Assert.Equal(execution, slabs.Engine.Execution);

        Prediction answer = engine.Run(input, slabs, withClasses: true);
        Assert.InRange(whole.Zip(answer.Probabilities, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-5);
        Assert.Equal(classes, answer.Classes);
        Assert.True(whole.Max() - whole.Min() > 0.01);
    }

    [Fact]
    public void A_thinner_rim_would_not_do()
    {
        var spec = new NetworkSpec { Filters = 4, Stages = 2 };
        float[] input = TestModels.Input(20, 16, 16);
        using var engine = new TorchEngine(TestModels.Model(spec), s_limited);
        float[] whole = engine.Run(input, 20, 16, 16);
        int halo = spec.ReachInSlices;
        float[] Part(int rim) => engine.Run(input.AsMemory(0, (1 + rim) * 256), 1 + rim, 16, 16)[..256];
        float Error(int rim) => whole.Zip(Part(rim), (a, b) => Math.Abs(a - b)).Max();
        Assert.InRange(Error(halo), 0, 1e-6);
        Assert.True(Error(halo - 1) > 10 * Error(halo));
    }

    [Fact]
    public void Slices_go_through_in_slabs_of_their_own()
    {
        var spec = new NetworkSpec { Kind = NetworkKind.SliceUNet, Filters = 2 };
        float[] input = TestModels.Input(20, 32, 16);
        using var engine = new TorchEngine(TestModels.Model(spec), s_limited);
        Assert.Equal("slabs of 7", engine.Settle(20, 32, 16).Engine.Execution);
        float[] whole = engine.Run(input, 20, 32, 16);
        Execution slabs = Force(engine, spec, 20, 10, 32, 16);
        Assert.Equal("slabs of 2", slabs.Engine.Execution);
        Assert.InRange(whole.Zip(engine.Run(input, slabs).Probabilities, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-5);
    }

    [Fact]
    public async Task A_caller_with_less_memory_to_spare_does_not_disturb_another()
    {
        var spec = new NetworkSpec { Filters = 4, Stages = 2 };
        const int Depth = 40;
        float[] input = TestModels.Input(Depth, 16, 32);
        using var engine = new TorchEngine(TestModels.Model(spec), s_limited);
        Execution whole = engine.Settle(Depth, 16, 32), slabs = Force(engine, spec, Depth, 4);
        Assert.Equal(("whole", "slabs of 10"), (whole.Engine.Execution, slabs.Engine.Execution));

        // Blocks of the network: three for the whole volume, as many for each slab, whatever was settled or run between.
        int Blocks(Execution execution)
        {
            int blocks = 0;
            engine.Run(input, execution, progress: new Immediate(_ => blocks++));
            return blocks;
        }
        Assert.Equal((3, 12, 3), (Blocks(whole), Blocks(slabs), Blocks(whole)));
        int[] together = await Task.WhenAll(new[] { whole, slabs, whole, slabs }.Select(execution => Task.Run(() => Blocks(execution))));
        Assert.Equal([3, 12, 3, 12], together);
    }

    [Fact]
    public void Without_need_the_volume_runs_whole()
    {
        using var engine = new TorchEngine(TestModels.Model(), s_limited);
        Execution execution = engine.Settle(30, 16, 32);
        Assert.Equal(("whole", "whole"), (execution.Engine.Execution, engine.Info.Execution));
        Assert.True(execution.Memory!.Total < Limit);
    }

    [Fact]
    public void A_limit_that_nothing_keeps_is_refused_with_what_it_takes()
    {
        using var engine = new TorchEngine(TestModels.Model(), s_limited with { MaxMemory = 1_000_000 });
        var error = Assert.Throws<CoreException>(() => engine.Run(TestModels.Input(30, 16, 32), 30, 16, 32));
        Assert.Equal(Fault.MemoryLimitTooSmall, error.Fault);
        Assert.Contains("slice by slice", error.Message, StringComparison.Ordinal);
        Assert.Matches("Allow [0-9]+ MB", error.Remedy);
    }

    [Fact]
    public void Instance_normalisation_needs_the_whole_volume()
    {
        var spec = new NetworkSpec { Filters = 4, Stages = 2, Norm = NetworkNorm.Instance };
        using var engine = new TorchEngine(TestModels.Model(spec), s_limited);
        var error = Assert.Throws<CoreException>(() => Force(engine, spec, 40, 2));
        Assert.Equal(Fault.MemoryLimitTooSmall, error.Fault);
        Assert.Contains("normalises over the whole volume", error.Message, StringComparison.Ordinal);
        Assert.Equal("whole", engine.Settle(40, 16, 32).Engine.Execution);
    }

    [Theory]
    [InlineData(10, 3, 2)]
    [InlineData(7, 7, 1)]
    [InlineData(5, 1, 0)]
    public void Slabs_cover_every_slice_once_and_see_their_rims(int depth, int count, int halo)
    {
        var slabs = new Slabs(depth, count, halo);
        Assert.Equal(Enumerable.Range(0, depth), slabs.All().SelectMany(s => Enumerable.Range(s.Start, s.End - s.Start)));
        Assert.All(slabs.All(), s => Assert.Equal((Math.Max(0, s.Start - halo), Math.Min(depth, s.End + halo)), (s.From, s.To)));
        Assert.Equal(slabs.All().Max(s => s.To - s.From), slabs.Window);
    }

    private sealed class Immediate(Action<ProgressStep> report) : IProgress<ProgressStep>
    {
        public void Report(ProgressStep value) => report(value);
    }

    /// <summary>Holds so much elsewhere that exactly this many slabs fit.</summary>
    private static Execution Force(TorchEngine engine, NetworkSpec spec, int depth, int count, int height = 16, int width = 32)
    {
        long process = engine.Settle(depth, height, width).Memory!.Process;
        MemoryEstimate wanted = MemoryEstimate.Of(spec, Slabs.Fewest(spec, depth) with { Count = count }, height, width, half: false, 0, 0);
        return engine.Settle(depth, height, width, Limit - process - wanted.Network - wanted.Volumes);
    }
}
