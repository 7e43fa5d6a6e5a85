using System.Management.Automation;
using System.Text.RegularExpressions;
using PancreasSeg.Network;

namespace PancreasSeg.Tests;

public sealed partial class SettingsArgumentTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>, IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Invocation Train(string settings) => module.Invoke(
        $"Invoke-PancreasTraining -Image $args[0] -Label $args[1] -Destination $args[2] -LabelValue 7 -Size 16, 16, 8 -MaxEpoch 1 {settings}",
        TestVolumes.Ct(), TestVolumes.Box(), _folder["m.safetensors"]);

    private string Refused(string settings)
    {
        RuntimeException error =
            Assert.IsAssignableFrom<RuntimeException>(Train(settings).Terminating ?? Train(settings).Errors.Single().Exception);
        Assert.StartsWith("ParameterArgumentTransformationError", error.ErrorRecord.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(_folder.Files);
        return error.Message;
    }

    [Theory]
    [InlineData("-Network @{ stages = 2; NORM = 'instance' } -Filter 2", NetworkKind.AttentionUNet, 2, 2, NetworkNorm.Instance)]
    [InlineData("-Network SliceUNet -BaseFilter 4", NetworkKind.SliceUNet, 4, 5, NetworkNorm.None)]
    [InlineData("-Network ([PancreasSeg.Network.NetworkSpec]@{ Filters = 2; Stages = 3 })", NetworkKind.AttentionUNet, 2, 3,
        NetworkNorm.None)]
    [InlineData("-Network ResidualUNet -Filter 2", NetworkKind.ResidualUNet, 2, 3, NetworkNorm.Instance)]
    [InlineData("-Network @{ Kind = 'ResidualUNet'; Strides = (2, 2, 1), (2, 2, 2) } -Filter 2", NetworkKind.ResidualUNet, 2, 3,
        NetworkNorm.Instance)]
    public void A_group_is_a_hashtable_or_a_word_or_its_record(string settings, NetworkKind kind, int filters, int stages, NetworkNorm norm)
    {
        PancreasModel model = Train(settings).ThrowIfFailed().Values.OfType<PancreasModel>().Single();
        Assert.Equal((kind, filters, stages, norm), (model.Network.Kind, model.Network.Filters, model.Network.Stages, model.Network.Norm));
    }

    [Fact]
    public void What_is_given_is_what_trains()
    {
        Train(
            "-BaseFilter 2 -LearningRate 0.01 -Optimizer @{ Kind = 'sgd'; Beta2 = '0.99' } -Schedule cosine -StopRule ([ordered]@{ patience = $null })"
            + " -Loss @{ HeadWeights = 0.5, 0, 0, 0; IgnoreClipped = $true }").ThrowIfFailed();
        string run = File.ReadAllText(_folder["m.run/run.json"]).Replace(" ", "", StringComparison.Ordinal).ReplaceLineEndings("");
        Assert.Contains("\"optimizer\":{\"kind\":\"Sgd\",\"weightDecay\":0,\"beta2\":0.99,", run, StringComparison.Ordinal);
        Assert.Contains("\"policy\":\"Cosine\"", run, StringComparison.Ordinal);
        Assert.Contains("\"ignoreClipped\":true,\"headWeights\":[0.5,0,0,0]", run, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-Optimizer @{ Momentun = 0.9 }",
        "There is no key 'Momentun'. The keys are Kind, WeightDecay, Beta2, Momentum, GradientClip, AverageDecay.")]
    [InlineData("-Network @{ Classes = 3 }", "There is no key 'Classes'. The keys are Kind, Stages, Strides, Norm.")]
    [InlineData("-Network @{ Strides = 2, 2, 2 }", "'Strides' takes lists of whole numbers, such as (2, 2, 1), (2, 2, 2) or $null, not ")]
    [InlineData("-Network @{ Strides = (2, 2, 1), (2, 2.5, 2) }", "'Strides' takes lists of whole numbers")]
    [InlineData("-Optimizer @{ Kind = 'Adagrad' }", "'Kind' takes one of Adam, AdamW, Sgd, not 'Adagrad'.")]
    [InlineData("-Optimizer 1", "'Kind' takes one of Adam, AdamW, Sgd, not '1'.")]
    [InlineData("-Schedule @{ Patience = 2.5 }", "'Patience' takes a whole number, not '2.5'.")]
    [InlineData("-Schedule @{ Patience = $null }", "'Patience' takes a whole number, not '$null'.")]
    [InlineData("-Schedule @{ Factor = 'a tenth' }", "'Factor' takes a number, not 'a tenth'.")]
    [InlineData("-Schedule @{ Factor = $true }", "'Factor' takes a number, not 'True'.")]
    [InlineData("-Loss @{ IgnoreClipped = 'false' }", "'IgnoreClipped' takes $true or $false, not 'false'.")]
    [InlineData("-Loss @{ HeadWeights = 1, 'x' }", "'HeadWeights' takes numbers or $null, not ")]
    [InlineData("-Sampling 96", "It takes a hashtable, not '96'. The keys are PatchSize, ForegroundFraction, StepsPerEpoch.")]
    [InlineData("-StopRule @{ Patience = '' }", "'Patience' takes a whole number or $null, not ''.")]
    public void A_key_or_a_value_that_there_is_not_is_an_error_that_says_what_there_is(string settings, string message) =>
        Assert.Contains(message, Refused(settings), StringComparison.Ordinal);

    [Fact]
    public void The_page_lists_the_keys_that_are_taken()
    {
        CmdletInfo cmdlet = module.Invoke("Get-Command Invoke-PancreasTraining").Only<CmdletInfo>();
        string[] groups =
            [.. cmdlet.Parameters.Values.Where(p => p.ParameterType.Namespace is "PancreasSeg.Training" or "PancreasSeg.Network"
                && p.ParameterType.IsClass).Select(p => p.Name)];
        Assert.Equal(["Augmentation", "Loss", "Network", "Optimizer", "Sampling", "Schedule", "StopRule", "Validation"], groups.Order());
        Assert.All(groups, group =>
        {
            string page = module.Invoke($"(Get-Help Invoke-PancreasTraining -Parameter {group}).Description.Text -join \"`n\"")
                .Only<string>();
            string taken = Regex.Match(Refused($"-{group} @{{ Nothing = 1 }}"), @"The keys are (.*)\.").Groups[1].Value;
            Assert.Equal(taken.Split(", "), Item().Matches(page).Select(m => m.Groups[1].Value));
        });
    }

    [Theory]
    [InlineData("Invoke-PancreasTraining -Schedule ", "Cosine", "@{ Patience = 30 }")]
    [InlineData("Invoke-PancreasTraining -Optimizer a", "AdamW", "@{ AverageDecay = 0 }")]
    [InlineData("Start-PancreasBatch -Filter ", "@{ Newest = $false }", "@{ DescriptionLike = $null }")]
    public void Tab_completes_words_and_keys(string line, params string[] completions)
    {
        string[] offered = [.. module.Invoke("(TabExpansion2 $args[0] $args[0].Length).CompletionMatches.CompletionText", line)
            .ThrowIfFailed().Values.Cast<string>()];
        Assert.All(completions, c => Assert.Contains(c, offered));
    }

    [GeneratedRegex(@"^- (\w+) \(", RegexOptions.Multiline)]
    private static partial Regex Item();
}
