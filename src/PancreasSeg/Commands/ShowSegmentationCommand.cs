using System.ComponentModel;
using System.Diagnostics;
using System.Management.Automation;
using PancreasSeg.Batch;
using PancreasSeg.Common;
using PancreasSeg.Pictures;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Commands;

/// <summary>Shows a CT and its mask in the browser or at the prompt.</summary>
[Cmdlet(VerbsCommon.Show, "Segmentation", SupportsShouldProcess = true, DefaultParameterSetName = "Browser")]
[OutputType(typeof(FileInfo))]
public sealed class ShowSegmentationCommand : WritingCommand
{
    private OutputTarget? _target;
    private string? _viewer;

    /// <summary>Masks, segmentation results, or paths of masks.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [Alias("Mask")]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <summary>The CT: a volume, or the path of a NIfTI file or DICOM folder.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Image { get; set; }

    /// <summary>A file ending in .html, or a folder in which each mask gets a page of its name.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "File")]
    [Alias("OutputPath", "Destination")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>A picture at the prompt.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Inline")]
    public SwitchParameter Inline { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (!Inline) _viewer = ViewerFiles.Find(this);
        if (ParameterSetName == "File") _target = new OutputTarget(this, Path, Force, NoClobber, ".html");
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => TryItem(InputObject, () =>
    {
        if (Inline) ShowInline();
        else ShowPage();
    });

    private void ShowInline()
    {
        TerminalProtocol protocol = TerminalPicture.ProtocolOf(Environment.GetEnvironmentVariable, Console.IsOutputRedirected);
        if (protocol == TerminalProtocol.None || Host.UI is null) return;
        PreviewInput input = PreviewInput.Of(this, InputObject!, Image);
        Host.UI.Write(RunWork("Drawing a preview", channel => TerminalPicture.Of(SegmentationPreview.Draw(input.Ct(channel.Cancellation),
            input.Mask?.Invoke(channel.Cancellation), Words(input), cancellation: channel.Cancellation).Image.Shrunk(2), protocol)));
    }

    private void ShowPage()
    {
        PreviewInput input = PreviewInput.Of(this, InputObject!, Image);
        string? kept = _target?.FileFor(input.Name, "_view");
        if (!ShouldProcess(kept ?? input.Name, kept is null ? "Show in the browser" : "Write a viewer page")) return;
        // A folder that nobody else may read: the page holds the CT.
        string page = kept ?? System.IO.Path.Combine(
            Directory.CreateTempSubdirectory("PancreasSeg-").FullName, $"{FileNames.Safe(input.Name)}_view.html");
        Write("Writing a viewer page", [page], cancellation =>
        {
            (CtVolume ct, LabelVolume? mask) = (input.Ct(cancellation), input.Mask?.Invoke(cancellation));
            var facts = ViewerFacts.Of(input.Name, ct, mask, input.Result, _viewer, cancellation);
            StudyViewer.Write(page, facts, ct, mask, !NoClobber);
        });
        if (kept is null) Open(page);
    }

    private void Open(string page)
    {
        try
        {
            // Without a display Linux would open a browser in this very terminal.
            bool hasDisplay = !OperatingSystem.IsLinux()
                || Environment.GetEnvironmentVariable("DISPLAY") is not null
                || Environment.GetEnvironmentVariable("WAYLAND_DISPLAY") is not null;
            if (hasDisplay)
            {
                using Process? browser = Process.Start(new ProcessStartInfo(page) { UseShellExecute = true });
                return;
            }
        }
        catch (Win32Exception)
        {
        }
        WriteWarning($"No browser can be opened here. The page is '{page}'; -Path writes it where you want it.");
    }

    private static PreviewOptions Words(PreviewInput input) =>
        input.Result is { } result ? PreviewWords.Of(result) : new PreviewOptions();
}
