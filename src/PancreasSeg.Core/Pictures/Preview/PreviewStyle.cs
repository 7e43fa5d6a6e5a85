namespace PancreasSeg.Pictures;

/// <summary>What a preview looks like round its planes.</summary>
public enum PreviewStyle
{
    /// <summary>Light letters on dark, for screens.</summary>
    Dark,

    /// <summary>Dark letters on white, for paper.</summary>
    Print,
}
