using System.Management.Automation.Host;

namespace PancreasSeg.Shell;

/// <summary>Width of the console; nothing is drawn.</summary>
internal sealed class ShellRawUserInterface : PSHostRawUserInterface
{
    private const int WidthOfFiles = 120;

    public override Size BufferSize { get; set; } = new(Console.IsOutputRedirected ? WidthOfFiles : Math.Max(40, Console.WindowWidth), 50);

    public override Size WindowSize { get => BufferSize; set => BufferSize = value; }

    public override Size MaxWindowSize => BufferSize;

    public override Size MaxPhysicalWindowSize => BufferSize;

    public override ConsoleColor ForegroundColor { get; set; } = ConsoleColor.Gray;

    public override ConsoleColor BackgroundColor { get; set; } = ConsoleColor.Black;

    public override Coordinates CursorPosition { get; set; }

    public override int CursorSize { get; set; }

    public override Coordinates WindowPosition { get; set; }

    public override string WindowTitle { get; set; } = "";

    public override bool KeyAvailable => false;

    public override void FlushInputBuffer()
    {
    }

    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => new BufferCell[0, 0];

    public override KeyInfo ReadKey(ReadKeyOptions options) => throw new HostException("This shell reads no keys.");

    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill)
    {
    }

    public override void SetBufferContents(Rectangle rectangle, BufferCell fill)
    {
    }

    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents)
    {
    }
}
