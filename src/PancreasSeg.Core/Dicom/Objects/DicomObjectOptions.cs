namespace PancreasSeg.Dicom;

/// <summary>How DICOM objects are written.</summary>
public sealed record DicomObjectOptions
{
    /// <summary>How the mask came to be.</summary>
    public MaskOrigin Origin { get; init; } = new();

    /// <summary>
    /// True lets a segmentation have a frame for every slice of the series; else for those from the first to the last of the organ.
    /// </summary>
    public bool AllFrames { get; init; }

    /// <summary>
    /// True brings a mask that does not lie on the source's slices onto them: each pixel gets the label of the voxel nearest its centre.
    /// </summary>
    public bool OnSourceSlices { get; init; }

    /// <summary>True writes a segmentation of one structure as its probabilities in steps of 1/255 (FRACTIONAL) instead of a mask; several
    /// programs read no such file.</summary>
    public bool Probability { get; init; }

    /// <summary>Series number; null makes one of the source's.</summary>
    public int? SeriesNumber { get; init; }

    /// <summary>Series description, ASCII of at most 64 characters; null for one that names structures and purpose.</summary>
    public string? SeriesDescription { get; init; }

    /// <summary>False refuses an existing file.</summary>
    public bool Overwrite { get; init; } = true;

    /// <summary>When the object was made, by local time; null for now. It is no part of any UID.</summary>
    public DateTime? Created { get; init; }

    /// <summary>Checks the values.</summary>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/>.</exception>
    public void Validate()
    {
        if (SeriesNumber is < 0) throw Invalid(SeriesNumber, "A series number is not negative.");
        if (SeriesDescription is { } text && (text.Length > 64 || !text.All(c => c is >= ' ' and < '\x7F' and not '\\')))
            throw Invalid(text, "A series description has at most 64 letters of ASCII and no backslash.");
    }

    private static CoreException Invalid(object? value, string why) => new(Fault.SettingInvalid, why, value, "Choose another.");
}
