using System.Globalization;
using System.Management.Automation.Host;

namespace PancreasSeg.Shell;

/// <summary>The host PowerShell's engine talks to: this process's console.</summary>
internal sealed class ShellHost : PSHost
{
    /// <summary>What <c>exit</c> said.</summary>
    public int ExitCode { get; private set; }

    public override CultureInfo CurrentCulture { get; } = CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture { get; } = CultureInfo.CurrentUICulture;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override string Name => "PancreasSeg.Shell";

    public override PSHostUserInterface UI { get; } = new ShellUserInterface();

    public override Version Version => typeof(ShellHost).Assembly.GetName().Version!;

    public override void EnterNestedPrompt() => throw new NotSupportedException("This shell has no prompt.");

    public override void ExitNestedPrompt()
    {
    }

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }

    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;
}
