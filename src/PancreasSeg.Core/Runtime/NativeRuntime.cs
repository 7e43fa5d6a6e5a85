namespace PancreasSeg;

/// <summary>Makes sure that the native libraries can be loaded before anything of them is touched.</summary>
internal static class NativeRuntime
{
    internal static void EnsureTorch()
    {
    }

    internal static void EnsureOnnx()
    {
    }
}
