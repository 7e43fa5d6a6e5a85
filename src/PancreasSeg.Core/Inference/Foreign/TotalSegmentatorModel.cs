using System.Globalization;
using System.Text.RegularExpressions;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Inference.Foreign;

/// <summary>What TotalSegmentator does round its networks of the tasks total, total_v3 and total_mr.</summary>
internal static partial class TotalSegmentatorModel
{
    /// <summary>Its patches overlap less than nnU-Net's.</summary>
    public const double Step = 0.8;

    private static readonly int[] s_ids = [291, 292, 293, 294, 295, 297, 298, 831, 832, 833, 834, 835, 836, 837, 850, 851, 852, 853];

    /// <summary>True for such a network: by the number and name of its data set, the trainer and the plans.</summary>
    public static bool Is(NnUNetModel model) =>
        Name().Match(model.Plans.DataSet) is { Success: true } name
        && s_ids.Contains(int.Parse(name.Groups[1].ValueSpan, CultureInfo.InvariantCulture))
        && model.Trainer.StartsWith("nnUNetTrainer", StringComparison.Ordinal)
        && model.Trainer.EndsWith("NoMirroring", StringComparison.Ordinal)
        && model.Plans.Name is "nnUNetPlans" or "nnUNetResEncUNetLPlans_8";

    /// <summary>The steps that are meant: never <see cref="NnUNetPreparation.Auto"/>.</summary>
    public static NnUNetPreparation Resolve(NnUNetPreparation asked, NnUNetModel model) =>
        asked != NnUNetPreparation.Auto ? asked : Is(model) ? NnUNetPreparation.TotalSegmentator : NnUNetPreparation.NnUNet;

    [GeneratedRegex("^Dataset([0-9]{3})_TotalSegmentator")]
    private static partial Regex Name();
}
