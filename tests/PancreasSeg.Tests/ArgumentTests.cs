using System.Management.Automation;
using System.Reflection;
using PancreasSeg.Common;

namespace PancreasSeg.Tests;

/// <summary>What arguments take, refuse and complete.</summary>
public sealed class ArgumentTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>, IDisposable
{
    private static readonly Type[] s_numbers = [typeof(double), typeof(double?), typeof(double[]), typeof(int[])];

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_number_refuses_a_comma()
    {
        PropertyInfo[] taken = [.. typeof(NumberArgumentAttribute).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(PSCmdlet)))
            .SelectMany(t => t.GetProperties()).Where(p => p.IsDefined(typeof(ParameterAttribute)) && s_numbers.Contains(p.PropertyType))];
        Assert.True(taken.Length > 8);
        Assert.All(taken, p => Assert.True(
            p.IsDefined(typeof(NumberArgumentAttribute)) || p.IsDefined(typeof(SpacingArgumentAttribute)), p.Name));
    }

    [Theory]
    [InlineData("$args[0] | Resize-Volume '2,5'")]
    [InlineData("$args[0] | Resize-Volume 2, '2,5', 2")]
    [InlineData("$args[0] | Resize-Volume '2,5x2x2'")]
    [InlineData("$args[0] | Measure-Segmentation -Reference $args[0] -ToleranceMm '2,5'")]
    [InlineData("$args[0] | Invoke-PancreasTraining never.safetensors -LearningRate '0,01'")]
    [InlineData("$args[0] | Invoke-PancreasTraining never.safetensors -Augmentation @{ Scale = '0,2' }")]
    public void A_comma_is_no_decimal_point_in_any_culture(string script)
    {
        foreach (string culture in (string[])["en-US", "de-DE"])
        {
            Invocation run = module.Invoke($"[cultureinfo]::CurrentCulture = '{culture}'; {script}", TestVolumes.Box());
            string id = (run.Terminating?.ErrorRecord ?? run.Errors[0]).FullyQualifiedErrorId;
            Assert.StartsWith("ParameterArgumentTransformationError,", id, StringComparison.Ordinal);
        }
        Assert.Equal([2.5, 2.5, 2.5], module.Invoke("$args[0] | Resize-Volume '2.5'", TestVolumes.Box()).Only<LabelVolume>().Spacing);
    }

    [Fact]
    public void Every_time_refuses_to_be_negative_and_all_but_a_wait_to_be_none()
    {
        (string Cmdlet, string Parameter)[] taken = [.. typeof(NumberArgumentAttribute).Assembly.GetTypes()
            .Where(t => t.GetCustomAttribute<CmdletAttribute>() is not null)
            .SelectMany(t => t.GetProperties()
                .Where(p => p.IsDefined(typeof(ParameterAttribute)))
                .Where(p => (Nullable.GetUnderlyingType(p.PropertyType) ?? p.PropertyType) == typeof(TimeSpan))
                .Select(p => (t.GetCustomAttribute<CmdletAttribute>()!, p.Name)))
            .Select(p => ($"{p.Item1.VerbName}-{p.Item1.NounName}", p.Name))];
        Assert.True(taken.Length >= 5);
        Assert.All(taken, p =>
        {
            foreach (string time in p.Parameter == "SettleTime" ? (string[])["-00:00:01"] : ["-00:00:01", "00:00:00"])
            {
                Invocation run = module.Invoke($"{p.Cmdlet} -{p.Parameter} ([timespan]'{time}')");
                Assert.Equal($"ParameterArgumentValidationError,PancreasSeg.Commands.{p.Cmdlet.Replace("-", "")}Command",
                    (run.Terminating?.ErrorRecord ?? run.Errors[0]).FullyQualifiedErrorId);
            }
        });
    }

    [Fact]
    public void Studies_are_completed_from_the_folder_that_was_named()
    {
        foreach (string name in (string[])["p1", "p2 (old)", ".hidden"]) Directory.CreateDirectory(_folder[name]);
        File.WriteAllText(_folder["p3.nii.gz"], "");
        File.WriteAllText(_folder["note.txt"], "");
        string path = $"'{_folder.FullName}'";
        Assert.Equal(["p1", "'p2 (old)'", "p3"], module.Complete($"Start-PancreasBatch {path} out m -Study "));
        Assert.Equal(["p1"], module.Complete($"Get-PancreasBatch {path} -Study p1"));
    }
}
