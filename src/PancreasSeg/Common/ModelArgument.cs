using System.Management.Automation;
using PancreasSeg.Network;

namespace PancreasSeg.Common;

/// <summary>What <c>-Model</c> takes: a model that was read before, or the path of a model file.</summary>
internal static class ModelArgument
{
    /// <summary>Prepares reading a model of this module: paths are resolved here, on the pipeline's thread; the file is read when the
    /// function is called.</summary>
    public static Func<PancreasModel> Resolve(PSCmdlet cmdlet, object argument)
    {
        object value = Unwrapped(argument);
        if (value is object[] several) return () => throw Several(several);
        string? path = value is PancreasModel ? null : cmdlet.ResolveOutput(LanguagePrimitives.ConvertTo<string>(value));
        return () =>
        {
            if (path is not null && ForeignModel.IsTree(path)) throw NotOurs(path);
            PancreasModel model = path is null ? (PancreasModel)value : ModelFile.Read(path);
            return model is { NnUNet: null, Foreign: null } ? model : throw NotOurs(model.Name);
        };
    }

    /// <summary>Prepares reading any model, be it of this module, of nnU-Net or of MONAI, or a network of another project by its
    /// plan.</summary>
    public static Func<PancreasModel> Resolve(PSCmdlet cmdlet, object argument, string? plan, string[]? folds)
    {
        object value = Unwrapped(argument);
        if (value is object[] several) return () => throw Several(several);
        string path = value is PancreasModel { Name: var name } ? name
            : cmdlet.ResolveOutput(LanguagePrimitives.ConvertTo<string>(value));
        if (plan is not null)
        {
            if (folds is not null)
                throw new CoreException(Fault.SettingInvalid,
                    "A plan is for a network of another project, folds are for models of nnU-Net.",
                    remedy: "Leave out one of them.");
            string planPath = cmdlet.ResolveOutput(plan);
            return () => ForeignModel.Read(path, planPath);
        }
        if (value is not PancreasModel && ForeignModel.IsTree(path)) return () => ForeignModel.ReadTree(path, folds);
        return () =>
        {
            PancreasModel model = value as PancreasModel ?? ModelFile.Read(path);
            return folds is null ? model : ForeignModel.WithFolds(model, folds);
        };
    }

    /// <summary>Prepares reading a model of nnU-Net and the one that locates for it; without a locator the model alone.</summary>
    public static Func<PancreasModel> Behind(PSCmdlet cmdlet, Func<PancreasModel> model, object? locator)
    {
        if (locator is null) return model;
        Func<PancreasModel> first = Resolve(cmdlet, locator, null, null);
        return () =>
        {
            PancreasModel read = model();
            return read.NnUNet is not null ? read.WithLocator(first()) : throw new CoreException(Fault.SettingInvalid,
                $"-Locator goes with models of nnU-Net; '{read.Name}' is none.", read.Name,
                "Leave it out; two models of this module are joined in one file by Join-PancreasModel.");
        };
    }

    /// <summary>Full path of a model that is given by its file; null for one that was read before, and for several.</summary>
    public static string? FileOf(PSCmdlet cmdlet, object? argument) =>
        argument is null || Unwrapped(argument) is PancreasModel or object[]? null
            : cmdlet.ResolveOutput(LanguagePrimitives.ConvertTo<string>(Unwrapped(argument)));

    private static object Unwrapped(object argument) => SettingKey.Unwrap(argument) switch
    {
        object[] { Length: 1 } one => Unwrapped(one[0]),
        var value => value!,
    };

    private static CoreException Several(object[] models) => new(Fault.SettingInvalid,
        $"{models.Length} models were given, and one is taken.", models.FirstOrDefault(),
        "Give one, and repeat the command for the others.");

    private static CoreException NotOurs(string name) => new(Fault.ModelNotSupported,
        $"'{name}' is a model of another project, which this command does not take.", name,
        "Segment with it (Invoke-PancreasSegmentation, Start-PancreasBatch), where -Locator names a model that locates for it, and "
            + "measure the masks with Measure-Segmentation.");
}
