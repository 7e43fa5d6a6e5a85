using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Import;
using PancreasSeg.Training;

namespace PancreasSeg.Commands;

/// <summary>A cmdlet that takes the cases of a training: pairs of CT and labels, or a data set on disk.</summary>
public abstract class TrainingCasesCommand : LongRunningCommand
{
    private readonly List<(string Path, Func<string, TrainingCaseSource> Named)> _pairs = [];

    [Parameter(ValueFromPipelineByPropertyName = true), ArgumentCompleter(typeof(VolumeFileCompleter)), ValidateNotNullOrEmpty]
    public object[] Image { get; set; } = [];

    [Parameter(ValueFromPipelineByPropertyName = true), ArgumentCompleter(typeof(VolumeFileCompleter)), ValidateNotNullOrEmpty]
    public object[] Label { get; set; } = [];

    [Parameter(ValueFromPipelineByPropertyName = true), ValidateNotNullOrEmpty]
    public string[]? Patient { get; set; }

    [Parameter, ArgumentCompleter(typeof(FolderCompleter)), ValidateNotNullOrEmpty]
    public string? DataSet { get; set; }

    [Parameter, SupportsWildcards, ValidateNotNullOrEmpty]
    public string[] Exclude { get; set; } = [];

    [Parameter, ValidateRange(1, 255)]
    public byte LabelValue { get; set; } = 1;

    [Parameter, ValidateNotNullOrEmpty]
    public string? LabelOrientation { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Image.Length != Label.Length || (Patient is not null && Patient.Length != Image.Length))
            ThrowTerminatingError(Errors.Record(new CoreException(Fault.TrainingDataInvalid,
                $"{Image.Length} images, {Label.Length} labels{(Patient is null ? "" : $" and {Patient.Length} patients")} do not make cases.",
                remedy: "Give one label for each image, in the same order.")));
        for (int i = 0; i < Image.Length; i++) _pairs.Add(Pair(Image[i], Label[i], Patient?[i]));
    }

    /// <summary>The pairs that were given and the cases of the data set, but for those that are left out.</summary>
    private protected virtual IReadOnlyList<TrainingCaseSource> Cases()
    {
        IReadOnlyList<string> names = CaseFiles.NamesOf([.. _pairs.Select(pair => pair.Path)]);
        bool isSaid = IsGiven(nameof(LabelValue));
        TrainingCaseSource[] pairs =
            [.. _pairs.Select((pair, i) => pair.Named(names[i])).Select(item => isSaid ? item : item.WithoutNames())];
        if (DataSet is null) return Kept(Laid(pairs));
        string folder = this.ResolveOutput(DataSet);
        byte? named = isSaid ? LabelValue : SetUp(folder, () => TrainingDataSet.PancreasLabel(folder));
        if (named is { } number && number != LabelValue && pairs.Length > 0)
            ThrowTerminatingError(Errors.Record(new CoreException(Fault.TrainingDataInvalid,
                $"Label {number} of '{folder}' is the pancreas; nothing tells whether it is in the pairs beside it.", folder,
                $"Give -LabelValue {number} if it is, or leave the pairs or the data set out.")));
        LabelValue = named ?? LabelValue;
        WriteVerbose($"The pancreas is label {LabelValue} of '{folder}'.");
        IReadOnlyList<TrainingCaseSource> found = SetUp(folder, () => TrainingDataSet.Find(folder, LabelValue, LabelOrientation is null));
        return Kept(Laid([.. pairs, .. named is null ? found.Select(item => item.WithoutNames()) : found]));
    }

    private TrainingCaseSource[] Laid(TrainingCaseSource[] cases) =>
        LabelOrientation?.ToUpperInvariant() is not { } said ? cases
            : SetUp(LabelOrientation, () => cases.Select(item => item.WithLabelsAs(said, LabelValue)).ToArray());

    private TrainingCaseSource[] Kept(TrainingCaseSource[] cases)
    {
        HashSet<TrainingCaseSource> excluded = [];
        foreach (string pattern in Exclude)
        {
            var names = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
            TrainingCaseSource[] found = [.. cases.Where(c => names.IsMatch(c.Name))];
            if (found.Length == 0)
                ThrowTerminatingError(Errors.Record(new CoreException(Fault.TrainingDataInvalid, $"No case is named '{pattern}'.", pattern,
                    $"Cases are named like '{cases.FirstOrDefault()?.Name}'.")));
            excluded.UnionWith(found);
        }
        if (excluded.Count > 0) WriteVerbose($"Left out: {string.Join(", ", excluded.Select(c => c.Name))}.");
        return [.. cases.Where(c => !excluded.Contains(c))];
    }

    /// <summary>Whether a parameter was given.</summary>
    private protected bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    private (string Path, Func<string, TrainingCaseSource> Named) Pair(object image, object label, string? patient)
    {
        (Func<CancellationToken, CtVolume> readCt, Func<CancellationToken, LabelVolume> readLabels) =
            SetUp(image, () => (VolumeArgument.Ct(this, image), VolumeArgument.Labels(this, label)));
        string?[] files = [.. new[] { VolumeArgument.Unwrap(image), VolumeArgument.Unwrap(label) }
            .Select(v => v is CtVolume or LabelVolume ? null : this.ResolveOutput(LanguagePrimitives.ConvertTo<string>(v)))];
        // Only files tell by their content whether a case was prepared before.
        string[] keyed = files.Contains(null) ? [] : [.. files.OfType<string>()];
        return (files[0] ?? ((CtVolume)VolumeArgument.Unwrap(image)!).Name, name => new TrainingCaseSource(name, cancellation =>
            new TrainingCase(readCt(cancellation), readLabels(cancellation), name))
        { Patient = patient ?? name, Files = keyed });
    }
}
