using PancreasSeg.Numerics;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>
/// One random monotone map of HU that stands for another scanner and another contrast phase: enhancement of parenchyma and of
/// vessels, scale, shift and gamma, as one table over the window.
/// </summary>
internal sealed class ToneCurve
{
    private const int Steps = 4096;
    private const double UnenhancedHu = 40, ParenchymaHu = 110;

    private readonly float[] _table = new float[Steps + 1];

    private ToneCurve(Func<double, double> map)
    {
        for (int i = 0; i <= Steps; i++) _table[i] = (float)Math.Clamp(map(2.0 * i / Steps - 1), -1, 1);
    }

    /// <summary>Draws a curve for input values of a plan.</summary>
    public static ToneCurve Draw(AugmentationOptions options, PreprocessPlan plan, SeededRandom random)
    {
        double parenchyma = 1 + Symmetric(options.Contrast), vessels = 1 + Symmetric(options.Contrast);
        double scale = 1 + Symmetric(options.HuScale), shift = Symmetric(options.HuShift), exponent = Math.Exp(Symmetric(options.Gamma));
        if (!random.Chance((float)options.Probability)) exponent = 1;
        double half = (plan.WindowHigh - plan.WindowLow) / 2;
        return new ToneCurve(value =>
        {
            double hu = plan.WindowLow + (value + 1) * half;
            double enhanced = hu + (parenchyma - 1) * Math.Clamp(hu - UnenhancedHu, 0, ParenchymaHu - UnenhancedHu)
                + (vessels - 1) * Math.Max(0, hu - ParenchymaHu);
            double level = (enhanced * scale + shift - plan.WindowLow) / (2 * half);          // 0 to 1 over the window
            return 2 * Math.Pow(Math.Clamp(level, 0, 1), exponent) - 1;
        });

        double Symmetric(double limit) => random.Uniform((float)-limit, (float)limit);
    }

    /// <summary>Applies the curve to values in [-1, 1].</summary>
    public void Apply(Span<float> values)
    {
        foreach (ref float value in values)
        {
            float at = (value + 1) * (Steps / 2);
            // What is no number stays so: it must be noticed, not hidden.
            if (!(at >= 0)) continue;
            int i = Math.Min((int)at, Steps - 1);
            value = _table[i] + (at - i) * (_table[i + 1] - _table[i]);
        }
    }
}
