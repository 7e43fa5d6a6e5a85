using System.Collections;
using System.Management.Automation;

namespace PancreasSeg.Common;

/// <summary>Refuses text with a comma where a number is wanted: PowerShell takes it for a mark of thousands, 2,5 for 25.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NumberArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        Check(inputData);
        return inputData;
    }

    /// <summary>Looks at a value, or at each of several.</summary>
    /// <exception cref="ArgumentTransformationMetadataException">One is text with a comma.</exception>
    public static void Check(object? value)
    {
        object? inner = SettingKey.Unwrap(value);
        if (inner is string text && text.Contains(',', StringComparison.Ordinal))
            throw new ArgumentTransformationMetadataException($"'{text}' has a comma. Write decimals with a point, and several numbers without quotes.");
        if (inner is IEnumerable items and not string) foreach (object? item in items) Check(item);
    }
}
