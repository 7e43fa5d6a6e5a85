using System.Runtime.CompilerServices;

namespace PancreasSeg.Core.Tests.Runtime;

public class ManagedHeapTests
{
    [Fact]
    public void Dropped_arrays_are_collected_where_there_are_many()
    {
        WeakReference dropped = Drop(200_000_000);
        ManagedHeap.Trim(0);
        Assert.False(dropped.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Drop(int bytes) => new(new byte[bytes]);
}
