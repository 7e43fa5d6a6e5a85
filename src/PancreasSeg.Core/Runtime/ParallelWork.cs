using System.Runtime.ExceptionServices;

namespace PancreasSeg;

/// <summary>A parallel loop whose body's own exception comes out, not a bundle of them.</summary>
internal static class ParallelWork
{
    /// <summary>Runs the body for 0 to count - 1 on all cores.</summary>
    public static void For(int count, Action<int> body, CancellationToken cancellation)
    {
        try
        {
            var options = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
            Parallel.For(0, count, options, body);
        }
        catch (AggregateException e)
        {
            // Of several slices at fault any one is told; a cancelled one does not hide it.
            Exception first = e.InnerExceptions.FirstOrDefault(i => i is not OperationCanceledException) ?? e.InnerExceptions[0];
            ExceptionDispatchInfo.Throw(first);
        }
    }
}
