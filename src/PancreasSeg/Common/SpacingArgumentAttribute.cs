using System.Globalization;
using System.Management.Automation;

namespace PancreasSeg.Common;

/// <summary>Lets a voxel size be given as one number for all axes, as three, or as text like <c>1x1x2.5</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SpacingArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        NumberArgumentAttribute.Check(value);
        if (value is string text) value = text.Split('x', StringSplitOptions.TrimEntries);
        double[] numbers = (double[])LanguagePrimitives.ConvertTo(value, typeof(double[]), CultureInfo.InvariantCulture);
        return numbers.Length == 1 ? [numbers[0], numbers[0], numbers[0]] : numbers;
    }
}
