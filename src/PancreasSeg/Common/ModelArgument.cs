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
        object value = argument is PSObject wrapped ? wrapped.BaseObject : argument;
        if (value is PancreasModel model) return () => model;
        string path = cmdlet.ResolveOutput(LanguagePrimitives.ConvertTo<string>(value));
        return () => ModelFile.Read(path);
    }

    /// <summary>Prepares reading a network of another project by its plan.</summary>
    public static Func<PancreasModel> Resolve(PSCmdlet cmdlet, object argument, string? plan)
    {
        if (plan is null) return Resolve(cmdlet, argument);
        object value = argument is PSObject wrapped ? wrapped.BaseObject : argument;
        string planPath = cmdlet.ResolveOutput(plan),
            path = value is PancreasModel model ? model.Name : cmdlet.ResolveOutput(LanguagePrimitives.ConvertTo<string>(value));
        return () => ForeignModel.Read(path, planPath);
    }
}
