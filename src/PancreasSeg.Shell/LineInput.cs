using RadLine;
using Spectre.Console;

namespace PancreasSeg.Shell;

/// <summary>Reads a line at the prompt, with a history and Tab; the console host itself has them on Windows only.</summary>
public static class LineInput
{
    private static readonly HostPrompt s_prompt = new();
    private static readonly LineEditor s_editor = Create();

    /// <summary>Reads one line behind a prompt that stands there already; Ctrl+C gives it up.</summary>
    public static string ReadLine(string prompt)
    {
        s_prompt.Text = prompt;
        Console.TreatControlCAsInput = true;
        try
        {
            // Ends on this thread, the pipeline's, because the source of keys waits for them itself.
            string line = s_editor.ReadLine(CancellationToken.None).GetAwaiter().GetResult() ?? "";
            if (!string.IsNullOrWhiteSpace(line)) s_editor.History.Add(line);
            return line;
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }

    private static LineEditor Create()
    {
        var editor = new LineEditor(null, new Keys(), null) { Prompt = s_prompt };
        var complete = new CompleteCommand();
        editor.KeyBindings.Add(ConsoleKey.Tab, () => complete);
        editor.KeyBindings.Add(ConsoleKey.C, ConsoleModifiers.Control, () => new GiveUpCommand());
        return editor;
    }

    private sealed class GiveUpCommand : LineEditorCommand
    {
        public override void Execute(LineEditorContext context) => context.Submit(SubmitAction.Cancel);
    }

    private sealed class HostPrompt : ILineEditorPrompt
    {
        public string Text { get; set; } = "";

        public (Markup Markup, int Margin) GetPrompt(ILineEditorState state, int line) => (new Markup(Markup.Escape(Text)), 0);
    }

    private sealed class Keys : IInputSource
    {
        private bool _idle = true;

        public bool ByPassProcessing => false;

        // Says once that there are no more, as the editor takes all keys of a paste at once, and then waits for the next.
        public bool IsKeyAvailable()
        {
            while (_idle && !Console.KeyAvailable) Thread.Sleep(10);
            _idle = !Console.KeyAvailable;
            return !_idle;
        }

        public ConsoleKeyInfo ReadKey() => Console.ReadKey(intercept: true);
    }
}
