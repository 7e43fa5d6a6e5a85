namespace PancreasSeg;

/// <summary>When after the injection of contrast medium a CT is taken.</summary>
public enum ContrastPhase
{
    /// <summary>Without contrast medium.</summary>
    Native,

    /// <summary>Late arterial, about 35-40 s: bright arteries, renal cortex and pancreas.</summary>
    Arterial,

    /// <summary>About 70 s: bright liver and portal vein.</summary>
    PortalVenous,

    /// <summary>Minutes later: everything washes out evenly.</summary>
    Delayed,
}
