namespace PancreasSeg;

/// <summary>Keeps the memory of a long run flat.</summary>
internal static class ManagedHeap
{
    private const long Tolerated = 24 << 20;

    /// <summary>
    /// Gives the arrays of earlier cases back to the system where there are many: left alone, .NET lets volumes of a hundred megabytes
    /// pile up, because each is dropped long before a collection seems worth while.
    /// </summary>
    /// <param name="living">Bytes of the arrays that are still used.</param>
    public static void Trim(long living)
    {
        if (GC.GetTotalMemory(false) > living + Tolerated)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
