using System.Management.Automation;
using RadLine;

namespace PancreasSeg.Shell;

/// <summary>Puts PowerShell's next completion in place of what stands before the cursor.</summary>
internal sealed class CompleteCommand : LineEditorCommand
{
    private CommandCompletion? _completion;
    private string _head = "", _tail = "", _shown = "";

    public override void Execute(LineEditorContext context)
    {
        LineBuffer line = context.Buffer;
        if (_completion is null || line.Content != _shown)
        {
            using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
            _completion = CommandCompletion.CompleteInput(line.Content, line.Position, null, shell);
            if (_completion.ReplacementIndex < 0) return;
            _head = line.Content[.._completion.ReplacementIndex];
            _tail = line.Content[(_completion.ReplacementIndex + _completion.ReplacementLength)..];
        }
        if (_completion.GetNextResult(forward: true) is not CompletionResult next) return;
        line.Clear(0, line.Length);
        line.Move(0);
        line.Insert(_head + next.CompletionText + _tail);
        line.Move(_head.Length + next.CompletionText.Length);
        _shown = line.Content;
    }
}
