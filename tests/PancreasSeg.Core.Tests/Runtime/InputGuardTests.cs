namespace PancreasSeg.Core.Tests.Runtime;

public sealed class InputGuardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_output_that_is_an_input_is_refused_however_it_is_written()
    {
        string real = Directory.CreateDirectory(In("real")).FullName, file = Path.Combine(real, "ct.nii.gz");
        File.WriteAllText(file, "");
        Directory.CreateSymbolicLink(In("linked"), real);
        File.CreateSymbolicLink(In("other.nii.gz"), file);
        foreach (string same in new[] { file, Path.Combine(real, ".", "..", "real", "ct.nii.gz"),
            Path.Combine(In("linked"), "ct.nii.gz"), In("other.nii.gz") })
        {
            Assert.Equal(Fault.OutputIsInput, Assert.Throws<CoreException>(() => InputGuard.Check(same, null, file)).Fault);
            Assert.Equal(Fault.OutputIsInput, Assert.Throws<CoreException>(() => InputGuard.Check(file, same)).Fault);
        }
        Assert.Equal(In("mask.nii.gz"), InputGuard.Check(In("mask.nii.gz"), null, file, real));
    }

    [Fact]
    public void Inputs_inside_a_folder_whose_content_is_replaced_are_refused()
    {
        string results = Directory.CreateDirectory(In("cases")).FullName;
        foreach (string input in new[] { results, Path.Combine(results, "study"), Path.Combine(results, "a", "b.nii.gz") })
            Assert.Equal(Fault.OutputIsInput, Assert.Throws<CoreException>(() => InputGuard.CheckFolder(results, input)).Fault);
        InputGuard.CheckFolder(results, In("cases2"));
        InputGuard.CheckFolder(results, _folder.FullName);
    }

    private string In(string name) => Path.Combine(_folder.FullName, name);
}
