namespace PancreasSeg.Core.Tests.Runtime;

public class MemoryFaultTests
{
    [Fact]
    public void Running_out_of_memory_names_what_was_read_and_what_it_takes()
    {
        var error = Assert.Throws<CoreException>(
            () => MemoryFault.Reading<int>("/study", "series 1.2.3", 1 << 30, 2, () => throw new InsufficientMemoryException()));
        Assert.Equal((Fault.VolumeTooLarge, "/study"), (error.Fault, error.Target));
        Assert.Contains("series 1.2.3", error.Message, StringComparison.Ordinal);
        Assert.Contains("2147483648 bytes", error.Message, StringComparison.Ordinal);
        Assert.Contains("-MaxVoxelCount", error.Remedy, StringComparison.Ordinal);
        Assert.Equal(5, MemoryFault.Reading("/study", "series 1.2.3", 1, 2, () => 5));
    }
}
