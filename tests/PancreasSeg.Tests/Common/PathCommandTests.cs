using System.Management.Automation;

namespace PancreasSeg.Tests.Common;

public sealed class PathCommandTests : IClassFixture<ModuleRunspace>, IDisposable
{
    private readonly ModuleRunspace _module;
    private readonly string _folder = Directory.CreateTempSubdirectory("paths").FullName;

    public PathCommandTests(ModuleRunspace module)
    {
        _module = module;
        foreach (string name in new[] { "a1.nii", "a2.nii", "a[1].nii", "b.nii" }) File.WriteAllText(In(name), "");
        module.Invoke("$ExecutionContext.SessionState.Path.SetLocation($args[0]) | Out-Null", _folder).ThrowIfFailed();
    }

    public void Dispose()
    {
        _module.Invoke("$ExecutionContext.SessionState.Path.SetLocation($args[0]) | Out-Null", Path.GetTempPath());
        Directory.Delete(_folder, recursive: true);
    }

    private string In(string name) => Path.Combine(_folder, name);

    private string[] Names(string script, params object[] args) =>
        [.. _module.Invoke(script, args).ThrowIfFailed().Values.Select(v => Path.GetRelativePath(_folder, (string)v))];

    [Fact]
    public void Path_takes_wildcards_and_is_relative_to_the_location_of_powershell()
    {
        Assert.NotEqual(_folder, Environment.CurrentDirectory);
        Assert.Equal(["a1.nii", "a2.nii", "b.nii"], Names("Test-Path a?.nii, b.nii").Order());
        Assert.Equal(["a1.nii"], Names("Test-Path a[1].nii"));
        Assert.Equal(["a[1].nii"], Names("Test-Path 'a`[1`].nii'"));
    }

    [Fact]
    public void LiteralPath_takes_names_as_they_are_written() => Assert.Equal(["a[1].nii"], Names("Test-Path -LiteralPath a[1].nii"));

    [Fact]
    public void A_folder_is_a_path_too() => Assert.Equal(["."], Names("Test-Path ."));

    [Theory]
    [InlineData("'a1.nii', 'b.nii' | Test-Path")]
    [InlineData("[IO.FileInfo]($args[0] + '/a1.nii'), [IO.FileInfo]($args[0] + '/b.nii') | Test-Path")]
    [InlineData("[pscustomobject]@{ PSPath = 'a1.nii' }, [pscustomobject]@{ LP = 'b.nii' } | Test-Path")]
    [InlineData("[pscustomobject]@{ Path = '[a]1.nii' }, [pscustomobject]@{ LiteralPath = 'b.nii' } | Test-Path")]
    public void The_pipeline_binds_texts_files_and_properties(string script) => Assert.Equal(["a1.nii", "b.nii"], Names(script, _folder));

    [Fact]
    public void A_file_with_brackets_from_the_pipeline_is_taken_literally() =>
        Assert.Equal(["a[1].nii"], Names("[IO.FileInfo]($args[0] + '/a[1].nii') | Test-Path", _folder));

    [Fact]
    public void A_wildcard_without_a_match_is_silent() => Assert.Empty(Names("Test-Path none*.nii"));

    [Theory]
    [InlineData("Test-Path none.nii, b.nii")]
    [InlineData("Test-Path -LiteralPath none*.nii, b.nii")]
    public void A_name_without_a_match_is_an_error_and_the_next_is_taken(string script)
    {
        Invocation said = _module.Invoke(script);
        Assert.Equal([In("b.nii")], said.Values);
        ErrorRecord error = Assert.Single(said.Errors);
        Assert.StartsWith("FileNotFound,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.ObjectNotFound, error.CategoryInfo.Category);
        Assert.Contains("none", (string)error.TargetObject, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Test-Path variable:PWD")]
    [InlineData("Test-Path -LiteralPath variable:PWD")]
    [InlineData("Test-Path nodrive:x")]
    [InlineData("Test-Path -LiteralPath nodrive:x")]
    [InlineData("Test-Path . -Output env:x")]
    public void A_path_that_is_no_file_is_refused(string script)
    {
        Invocation said = _module.Invoke(script);
        ErrorRecord error = said.Terminating?.ErrorRecord ?? Assert.Single(said.Errors);
        Assert.StartsWith("PathNotFileSystem,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_may_be_new_and_is_relative_to_the_location_of_powershell() =>
        Assert.Equal([_folder, In("sub/new[1].nii")], _module.Invoke("Test-Path . -Output sub/new[1].nii").ThrowIfFailed().Values);

    [Fact]
    public void An_emitted_file_binds_to_the_next_cmdlet()
    {
        PSObject file = _module.Invoke("Test-Path . -Output a[1].nii").ThrowIfFailed().Output[^1];
        Assert.Equal(In("a[1].nii"), Assert.IsType<FileInfo>(file.BaseObject).FullName);
        Assert.EndsWith(In("a[1].nii"), (string)file.Properties["PSPath"].Value, StringComparison.Ordinal);
        Assert.Equal(["a[1].nii"], Names("$args[0] | Test-Path", file));
    }
}
