using System.Management.Automation;
using PancreasSeg.Training;

namespace PancreasSeg.Common;

/// <summary>What <c>-Plan</c> of a training takes: a plan, or the path of its file.</summary>
internal static class PlanArgument
{
    /// <summary>The plan.</summary>
    /// <exception cref="CoreException">Those of reading it.</exception>
    public static TrainingPlan Of(PSCmdlet cmdlet, object argument) => SettingKey.Unwrap(argument) is TrainingPlan plan ? plan
        : TrainingPlan.Read(cmdlet.ResolveOutput(LanguagePrimitives.ConvertTo<string>(argument)));
}
