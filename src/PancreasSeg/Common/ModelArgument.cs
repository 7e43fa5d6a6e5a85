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

    /// <summary>Prepares reading a model of nnU-Net and the one that locates for it; without a locator the model alone.</summary>
    public static Func<PancreasModel> Behind(PSCmdlet cmdlet, Func<PancreasModel> model, object? locator)
    {
        if (locator is null) return model;
        Func<PancreasModel> first = Resolve(cmdlet, locator, null);
        return () =>
        {
            PancreasModel read = model();
            return read.NnUNet is not null ? read.WithLocator(first()) : throw new CoreException(Fault.SettingInvalid,
                $"-Locator goes with models of nnU-Net; '{read.Name}' is none.", read.Name,
                "Leave it out; two models of this module are joined in one file by Join-PancreasModel.");
        };
    }

    private static object Unwrapped(object argument) => argument is PSObject wrapped ? wrapped.BaseObject : argument;

    private static CoreException NotOurs(string name) => new(Fault.ModelNotSupported,
        $"'{name}' is a model of nnU-Net, which this command does not take.", name,
        "Segment with it (Invoke-PancreasSegmentation, Start-PancreasBatch), where -Locator names a model that locates for it, and "
            + "measure the masks with Measure-Segmentation.");
}
