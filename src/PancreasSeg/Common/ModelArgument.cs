using System.Management.Automation;
using PancreasSeg.Network;

namespace PancreasSeg.Common;

/// <summary>What <c>-Model</c> takes: a model that was read before, or the path of a model file.</summary>
internal static class ModelArgument
{
    /// <summary>Prepares reading: paths are resolved here, on the pipeline's thread; the file is read when the function is
    /// called.</summary>
    public static Func<PancreasModel> Resolve(PSCmdlet cmdlet, object argument)
    {
        object value = Unwrapped(argument);
        if (value is PancreasModel model) return model.NnUNet is null ? () => model : () => throw NotOurs(model.Name);
        string path = cmdlet.ResolveOutput(LanguagePrimitives.ConvertTo<string>(value));
        return () => ForeignModel.IsNnUNet(path) ? throw NotOurs(path) : ModelFile.Read(path);
    }

    /// <summary>Prepares reading a model for segmentation, be it of this module, of nnU-Net, or a network of another project by its
    /// plan.</summary>
    public static Func<PancreasModel> Resolve(PSCmdlet cmdlet, object argument, string? plan, string[]? folds = null)
    {
        object value = Unwrapped(argument);
        if (plan is null && folds is null && value is PancreasModel { NnUNet: not null } read) return () => read;
        if (plan is null && value is not PancreasModel)
        {
            string file = cmdlet.ResolveOutput(LanguagePrimitives.ConvertTo<string>(value));
            if (ForeignModel.IsNnUNet(file)) return () => ForeignModel.ReadNnUNet(file, folds);
        }
        if (folds is not null)
            throw new CoreException(Fault.SettingInvalid, "Folds are chosen while the folder or archive of an nnU-Net model is read.",
                remedy: "Give -Model the path of such a model, or leave out -Fold.");
        if (plan is null) return Resolve(cmdlet, argument);
        string planPath = cmdlet.ResolveOutput(plan),
            path = value is PancreasModel model ? model.Name : cmdlet.ResolveOutput(LanguagePrimitives.ConvertTo<string>(value));
        return () => ForeignModel.Read(path, planPath);
    }

    /// <summary>Full path of a model that is given by its file; null for one that was read before.</summary>
    public static string? FileOf(PSCmdlet cmdlet, object? argument) =>
        argument is null || Unwrapped(argument) is PancreasModel ? null
            : cmdlet.ResolveOutput(LanguagePrimitives.ConvertTo<string>(Unwrapped(argument)));

    private static object Unwrapped(object argument) => argument is PSObject wrapped ? wrapped.BaseObject : argument;

    private static CoreException NotOurs(string name) => new(Fault.ModelNotSupported,
        $"'{name}' is a model of nnU-Net, which this command does not take.", name,
        "Segment with it (Invoke-PancreasSegmentation, Start-PancreasBatch) and measure the masks with Measure-Segmentation.");
}
