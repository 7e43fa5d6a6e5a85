namespace PancreasSeg.Simulation;

/// <summary>A set of tissue classes.</summary>
internal readonly struct TissueSet
{
    private readonly ulong _bits;

    public TissueSet(params ReadOnlySpan<TissueClass> classes)
    {
        foreach (TissueClass tissue in classes) _bits |= 1UL << (int)tissue;
    }

    public bool Contains(byte tissue) => (_bits >> tissue & 1) != 0;

    /// <summary>Every class.</summary>
    public static TissueSet All { get; } = new(Enum.GetValues<TissueClass>());

    /// <summary>Fat inside the abdominal wall: what organs and vessels may replace.</summary>
    public static TissueSet Fat { get; } = new(TissueClass.VisceralFat);
}
