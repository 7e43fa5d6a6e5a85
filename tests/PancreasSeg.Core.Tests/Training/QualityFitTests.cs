using CsCheck;
using PancreasSeg.Core.Tests.Evaluation;
using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Evaluation;
using PancreasSeg.Network;
using PancreasSeg.Numerics;
using PancreasSeg.Postprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public sealed class QualityFitTests : IDisposable
{
    private const int Folds = 5;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Worlds() => new("normal", "heavy", "skewed", "useless");

    [Theory]
    [MemberData(nameof(Worlds))]
    public void Nine_in_ten_fresh_cases_reach_the_lower_bound_whatever_the_noise(string world)
    {
        var random = new Random(7);
        double covered = 0, stated = 0, error = 0, statedError = 0;
        const int Repeats = 120, Fresh = 100;
        for (int i = 0; i < Repeats; i++)
        {
            QualityModel model = QualityFit.Of(Cases(random, world, 40))!.Value.Model;
            QualityCase[] fresh = Cases(random, world, Fresh);
            covered += fresh.Count(c => c.Dice >= model.Predict(c.Signs).DiceLow) / (double)Fresh;
            error += fresh.Average(c => Math.Abs(c.Dice - model.Predict(c.Signs).Dice));
            (stated, statedError) = (stated + model.Coverage, statedError + model.MeanAbsoluteError);
        }
        Assert.InRange(covered / Repeats, 0.88, 0.95);
        Assert.InRange(stated / Repeats, 0.86, 0.95);
        // What is stated of cases that were left out holds for new ones.
        Assert.InRange(statedError / error, 0.93, 1.1);
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void What_is_expected_is_right_on_average_whatever_the_noise(string world)
    {
        var random = new Random(11);
        double difference = 0;
        const int Repeats = 20;
        for (int i = 0; i < Repeats; i++)
        {
            QualityModel model = QualityFit.Of(Cases(random, world, 150))!.Value.Model;
            difference += Cases(random, world, 1000).Average(c => model.Predict(c.Signs).Dice - c.Dice) / Repeats;
        }
        // The skewed world bends with a sign, which no line follows.
        Assert.InRange(difference, -0.01, 0.01);
    }

    [Fact]
    public void Signs_that_tell_are_used_and_others_promise_nothing()
    {
        var random = new Random(3);
        QualityModel good = QualityFit.Of(Cases(random, "normal", 200))!.Value.Model;
        QualityModel useless = QualityFit.Of(Cases(random, "useless", 200))!.Value.Model;
        Assert.InRange(good.Correlation, 0.8, 1);
        Assert.InRange(useless.Correlation, -0.3, 0.3);
        Assert.True(good.MeanAbsoluteError < 0.6 * useless.MeanAbsoluteError);
    }

    [Fact]
    public void A_better_sign_never_lowers_what_is_expected()
    {
        var random = new Random(5);
        for (int i = 0; i < 20; i++)
        {
            QualityModel model = QualityFit.Of(Cases(random, i % 2 == 0 ? "useless" : "normal", 31))!.Value.Model;
            double[] signs = Cases(random, "normal", 1)[0].Signs;
            for (int s = 0; s < signs.Length; s++)
            {
                if (QualitySigns.Names[s].HasCentre) continue;
                double[] better = [.. signs];
                better[s] += 1;
                Assert.True(model.Predict(better).Dice >= model.Predict(signs).Dice);
            }
        }
    }

    [Fact]
    public void Too_few_cases_give_no_number()
    {
        var random = new Random(1);
        Assert.Null(QualityFit.Of(Cases(random, "normal", QualityFit.FewestCases - 1)));
        Assert.Null(QualityFit.Of([.. Cases(random, "normal", 60).Select((c, i) => c with { Fold = i % 2 })]));
        Assert.NotNull(QualityFit.Of(Cases(random, "normal", QualityFit.FewestCases)));
        // Cases that are all alike: no sign varies, and nothing divides by 0.
        QualityCase alike = Cases(random, "normal", 1)[0];
        QualityModel model = QualityFit.Of([.. Enumerable.Range(0, 30).Select(i => alike with { Fold = i % Folds })])!.Value.Model;
        Assert.True(model.IsValid);
        Assert.Equal(alike.Dice, model.Predict(alike.Signs).Dice, 9);
    }

    [Fact]
    public void Figures_are_of_what_the_other_folds_predict()
    {
        (QualityModel model, IReadOnlyList<QualityRow> rows) = QualityFit.Of(Cases(new Random(2), "heavy", 50))!.Value;
        Assert.Equal(rows.Average(r => Math.Abs(r.Dice - r.Expected)), model.MeanAbsoluteError, 12);
        Assert.Equal(rows.Count(r => r.Dice >= r.Low) / 50.0, model.Coverage, 12);
        // A case's own Dice, and its fold's, do not move what is predicted of it.
        QualityCase[] changed = [.. Cases(new Random(2), "heavy", 50).Select(c => c.Fold == 1 ? c with { Dice = 0.3 } : c)];
        IReadOnlyList<QualityRow> again = QualityFit.Of(changed)!.Value.Rows;
        Assert.All(rows.Zip(again).Where(p => p.First.Fold == 1), p => Assert.Equal(p.First.Expected, p.Second.Expected, 12));
        Assert.NotEqual(rows[0].Expected, again[0].Expected);
    }

    // The bound by its definition: of n residuals of cases that the fit has not seen, a tenth of n + 1 lie at it or below, rounded down.
    // 49 and 39 make 5 and 4, a tenth of n itself one fewer.
    [Fact]
    public void The_lower_bound_leaves_a_tenth_of_one_case_more_at_it_or_below()
    {
        QualityCase[] cases = Cases(new Random(4), "heavy", 49);
        (QualityModel model, IReadOnlyList<QualityRow> rows) = QualityFit.Of(cases)!.Value;
        double[] odds = [.. cases.Select(c => QualityFit.Of([.. cases.Where(other => other.Fold != c.Fold)])!.Value.Model.Odds(c.Signs))];
        double[] residuals = [.. cases.Select((c, i) => QualityModel.LogOdds(c.Dice) - odds[i])];
        Assert.Equal(5, residuals.Count(r => r <= model.LowResidual + 1e-9));
        Assert.Contains(residuals, r => Math.Abs(r - model.LowResidual) < 1e-9);
        for (int i = 0; i < cases.Length; i++)
        {
            double[] others = [.. residuals.Where((_, j) => cases[j].Fold != cases[i].Fold).Order()];
            double bound = QualityModel.Probability(odds[i] + others[(others.Length + 1) / 10 - 1]);
            Assert.Equal(Math.Min(rows[i].Expected, bound), rows[i].Low, 9);
        }
    }

    [Fact]
    public void The_sign_that_lowers_most_is_the_reason()
    {
        QualityModel model = QualityModels.ByVolume(80);
        double[] signs = new double[QualitySigns.Names.Count];
        int volume = QualitySigns.Names.ToList().FindIndex(s => s.Name == "VolumeUnusual");
        signs[volume] = Math.Log(80);
        Assert.Null(model.Predict(signs).Reason);
        signs[volume] = Math.Log(20);
        QualityPrediction low = model.Predict(signs);
        Assert.Equal("VolumeUnusual", low.Reason);
        Assert.InRange(low.DiceLow, 0, low.Dice);
        Assert.Equal(1 / (1 + Math.Exp(-(2 - 4 * Math.Log(4)))), low.Dice, 12);
    }

    [Fact]
    public void The_model_file_holds_it_and_refuses_signs_of_another_version()
    {
        PancreasModel one = TestModels.Model();
        QualityModel quality = QualityFit.Of(Cases(new Random(2), "normal", 40))!.Value.Model;
        string path = _folder.File("q.safetensors");
        ModelFile.Write(ModelEnsemble.Of("q", [one, one], null, null, quality), path);
        QualityModel read = ModelFile.Read(path).Quality!;
        Assert.Equal(quality.Terms, read.Terms);
        Assert.Equal(quality.Residuals, read.Residuals);
        Assert.Equal((quality.Intercept, quality.LowResidual, 40, quality.Coverage),
            (read.Intercept, read.LowResidual, read.Cases, read.Coverage));
        Assert.Null(ModelFile.Read(path).Members[0].Quality);
        foreach (QualityModel bad in (QualityModel[])[quality with { Terms = [.. quality.Terms.Skip(1)] }, quality with { Residuals = [] },
            quality with { Terms = [quality.Terms[0] with { Weight = -1 }, .. quality.Terms.Skip(1)] }])
        {
            ModelFile.Write(ModelEnsemble.Of("q", [one, one], null, null, bad), path);
            Assert.Equal(Fault.ModelFormatUnknown, Assert.Throws<CoreException>(() => ModelFile.Read(path)).Fault);
        }
    }

    [Fact]
    public void Ridge_weights_leave_no_gradient_but_that_of_dropped_ones() =>
        Gen.Select(Gen.Int, Gen.Int[1, 6], Gen.Double[0.1, 20]).Sample((seed, count, penalty) =>
        {
            var random = new Random(seed);
            double[][] x = [.. Enumerable.Range(0, 25).Select(_ => Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.5)
                .ToArray())];
            double[] y = [.. x.Select(row => row[0] + random.NextDouble() - 0.5)];
            double[] w = RidgeRegression.NonNegative(x, y, penalty);
            for (int j = 0; j < count; j++)
            {
                Assert.True(w[j] >= 0);
                double gradient = penalty * w[j] + x.Select((row, k) => row[j] * (row.Zip(w, (a, b) => a * b).Sum() - y[k])).Sum();
                if (w[j] > 0) Assert.InRange(gradient, -1e-8, 1e-8);
            }
        }, iter: 200);

    [Fact]
    public void Signs_tell_a_sharp_whole_gland_from_a_faint_broken_one()
    {
        VolumeGrid grid = VolumeGrid.Axial(30, 20, 12, new(2, 2, 3));
        float[] values = [.. Enumerable.Range(0, grid.VoxelCount).Select(i => (float)Math.Sin(i))];
        double[] sharp = Signs((c, r, s) => c is > 5 and < 20 && r is > 5 and < 14 && s is > 2 and < 9 ? 0.99f : 0)!,
            broken = Signs((c, r, s) => c is > 5 and < 20 and not 12 && r is > 5 and < 14 && s is > 2 and < 9 ? 0.6f
                : c is > 3 and < 22 && r is > 3 and < 16 ? 0.4f : 0)!;
        foreach (string name in (string[])["BorderUncertain", "ThresholdSensitive", "ProbabilityLow", "Fragmented"])
            Assert.True(Of(sharp, name) > Of(broken, name), name);
        Assert.Equal(Math.Log(14 * 8 * 6 * 12 / 1000.0), Of(sharp, "VolumeUnusual"), 9);
        Assert.Equal(7.0 / 13, Of(broken, "Fragmented"), 9);
        Assert.Equal(-Math.Log(2.5), Of(sharp, "SlicesThick"), 12);
        // The Dice of a mask that the probabilities expect: 2 of 2 voxels at p, and nothing outside.
        Assert.Equal(Math.Log(0.994974874 / (1 - 0.994974874)), Of(sharp, "BorderUncertain"), 3);
        Assert.Null(Signs((_, _, _) => 0.45f));

        double[]? Signs(Func<int, int, int, float> p)
        {
            var answer = new ProbabilityVolume(grid, (float[])[.. Enumerable.Range(0, grid.VoxelCount).Select(i =>
            {
                (int c, int r, int s) = grid.VoxelOf(i);
                return p(c, r, s);
            })]);
            return QualitySigns.Of(answer, values, 2.5);
        }

        static double Of(double[] signs, string name) => signs[QualitySigns.Names.ToList().FindIndex(s => s.Name == name)];
    }

    /// <summary>Cases whose log odds of Dice are of their signs and of noise.</summary>
    private static QualityCase[] Cases(Random random, string world, int count) =>
    [
        .. Enumerable.Range(0, count).Select(i =>
        {
            double[] signs = [.. QualitySigns.Names.Select(_ => Normal())];
            double noise = world switch
            {
                "heavy" => 0.3 * Normal() / Math.Max(0.1, Math.Abs(Normal())),
                "skewed" => 0.5 * (1 + Math.Log(1 - random.NextDouble())),
                _ => 0.3 * Normal(),
            };
            double known = world == "useless" ? 0 : 0.8 * signs[0] + 0.3 * signs[1] - 0.3 * Math.Abs(signs[5])
                + (world == "skewed" ? 0.2 * signs[0] * signs[0] : 0);
            double dice = QualityModel.Probability(1.5 + known + noise + (world == "useless" ? 0.8 * Normal() : 0));
            return new QualityCase($"c{i}", i % Folds, signs, dice);

            double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        }),
    ];
}
