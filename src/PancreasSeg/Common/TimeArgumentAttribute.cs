using System.Management.Automation;

namespace PancreasSeg.Common;

/// <summary>Refuses a time below zero, and no time at all where that means nothing.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TimeArgumentAttribute : ValidateArgumentsAttribute
{
    /// <summary>True where no time means something.</summary>
    public bool MayBeZero { get; set; }

    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        if (arguments is TimeSpan time && (time < TimeSpan.Zero || (time == TimeSpan.Zero && !MayBeZero)))
            throw new ValidationMetadataException($"{time:c} is no time to wait or work for. Give one such as 2:30:00, two and a half hours.");
    }
}
