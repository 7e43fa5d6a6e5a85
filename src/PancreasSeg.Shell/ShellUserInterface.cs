using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace PancreasSeg.Shell;

/// <summary>Objects to standard output; errors, warnings and the like to standard error; progress only where someone watches.</summary>
internal sealed class ShellUserInterface : PSHostUserInterface
{
    private readonly bool _watched = !Console.IsErrorRedirected;
    private bool _progressShown;

    public override PSHostRawUserInterface RawUI { get; } = new ShellRawUserInterface();

    public override bool SupportsVirtualTerminal => !Console.IsOutputRedirected;

    public override string ReadLine() => Console.ReadLine() ?? "";

    public override void Write(string value) => Console.Out.Write(Styled(value));

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Write(value);

    public override void WriteLine(string value) => Console.Out.WriteLine(Styled(value));

    public override void WriteErrorLine(string value) => Say(value, "31");

    public override void WriteWarningLine(string message) => Say($"WARNING: {message}", "33");

    public override void WriteVerboseLine(string message) => Say($"VERBOSE: {message}", "36");

    public override void WriteDebugLine(string message) => Say($"DEBUG: {message}", "36");

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        if (!_watched) return;
        string percent = record.PercentComplete >= 0 ? $" {record.PercentComplete} %" : "";
        bool done = record.RecordType == ProgressRecordType.Completed;
        Console.Error.Write(done ? "\r\e[K" : $"\r\e[K{record.Activity}: {record.StatusDescription}{percent}");
        _progressShown = !done;
    }

    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) => throw Unattended(message);

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) => throw Unattended(message);

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) => throw Unattended(message);

    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
        throw Unattended(message);

    public override SecureString ReadLineAsSecureString() => throw Unattended("a password");

    private void Say(string text, string color)
    {
        string clear = _progressShown ? "\r\e[K" : "";
        _progressShown = false;
        Console.Error.WriteLine(_watched ? $"{clear}\e[{color}m{text}\e[0m" : GetOutputString(text, supportsVirtualTerminal: false));
    }

    // Formatting puts colours in; a file gets none.
    private string Styled(string text) => GetOutputString(text, SupportsVirtualTerminal);

    private static HostException Unattended(string question) => new($"This shell asks nothing; it was asked for: {question}");
}
