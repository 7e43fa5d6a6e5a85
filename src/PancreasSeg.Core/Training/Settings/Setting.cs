namespace PancreasSeg.Training;

/// <summary>The one way a setting is refused.</summary>
internal static class Setting
{
    /// <summary>Refuses a setting unless its rule holds.</summary>
    /// <param name="holds">Whether it does.</param>
    /// <param name="group">What the setting belongs to.</param>
    /// <param name="name">The setting.</param>
    /// <param name="rule">What holds for settings that can be used; goes on the sentence "needs a Name that".</param>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/> with the name as target.</exception>
    public static void Require(bool holds, string group, string name, string rule)
    {
        if (!holds)
            throw new CoreException(Fault.SettingInvalid, $"{group} needs a {name} that {rule}.", name,
                "Change this setting, or leave it out for its default.");
    }
}
