namespace PancreasSeg.Pictures;

/// <summary>How a terminal takes pictures.</summary>
internal enum TerminalProtocol
{
    /// <summary>Not at all, or nobody knows.</summary>
    None,

    /// <summary>OSC 1337 of iTerm2.</summary>
    ITerm,

    /// <summary>Kitty's graphics protocol.</summary>
    Kitty,

    /// <summary>Sixels of the VT340.</summary>
    Sixel,
}
