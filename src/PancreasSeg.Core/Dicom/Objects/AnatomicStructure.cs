namespace PancreasSeg.Dicom;

/// <summary>A structure of the body as DICOM objects name it: its SNOMED CT code and the colour in which it is usually shown.</summary>
/// <param name="Name">What it is called here, in lower case.</param>
/// <param name="Code">SNOMED CT identifier.</param>
/// <param name="Meaning">Its name in SNOMED CT.</param>
/// <param name="Red">0 to 255 (sRGB), as are the others: the colours of 3D Slicer.</param>
/// <param name="Green">0 to 255.</param>
/// <param name="Blue">0 to 255.</param>
/// <param name="Side">Which of a pair.</param>
public sealed record AnatomicStructure(string Name, string Code, string Meaning, byte Red, byte Green, byte Blue,
    BodySide Side = BodySide.None)
{
    /// <summary>The pancreas.</summary>
    public static AnatomicStructure Pancreas { get; } = new("pancreas", "15776009", "Pancreas", 249, 180, 111);

    /// <summary>All structures that have a name here.</summary>
    public static IReadOnlyList<AnatomicStructure> All { get; } =
    [
        Pancreas,
        new("liver", "10200004", "Liver", 221, 130, 101),
        new("spleen", "78961009", "Spleen", 157, 108, 162),
        new("left kidney", "64033007", "Kidney", 185, 102, 83, BodySide.Left),
        new("right kidney", "64033007", "Kidney", 185, 102, 83, BodySide.Right),
        new("gallbladder", "28231008", "Gallbladder", 139, 150, 98),
        new("stomach", "69695003", "Stomach", 216, 132, 105),
        new("duodenum", "38848004", "Duodenum", 255, 253, 229),
        new("oesophagus", "32849002", "Esophagus", 211, 171, 143),
        new("aorta", "15825003", "Aorta", 224, 97, 76),
        new("inferior vena cava", "64131007", "Inferior vena cava", 0, 151, 206),
        new("portal vein", "32764006", "Portal vein", 0, 102, 140),
        new("splenic vein", "35819009", "Splenic vein", 0, 102, 140),
        new("bowel", "113276009", "Intestine", 205, 167, 142),
        new("bone", "272673000", "Bone", 241, 214, 145),
        new("muscle", "127954009", "Skeletal muscle", 192, 104, 88),
        new("lung", "39607008", "Lung", 197, 165, 145),
        new("heart", "80891009", "Heart", 206, 110, 84),
    ];

    /// <summary>The structure of a name, whatever its case.</summary>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/>: it has none here.</exception>
    public static AnatomicStructure Named(string name) =>
        All.FirstOrDefault(s => s.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new CoreException(Fault.SettingInvalid, $"'{name}' is no structure that this module has a code for.", name,
            $"Known are: {string.Join(", ", All.Select(s => s.Name))}.");

    /// <summary>The name with a capital, as viewers show it.</summary>
    internal string Label => char.ToUpperInvariant(Name[0]) + Name[1..];

    /// <summary>The structure as an item of a code sequence.</summary>
    /// <param name="sideTag">The sequence that says which of a pair; 0 for none.</param>
    internal DicomItem ToItem(uint sideTag = 0)
    {
        DicomItem item = new DicomCode(Code, "SCT", Meaning).ToItem();
        return sideTag == 0 || Side == BodySide.None ? item : item.Code(sideTag, SideCode);
    }

    /// <summary>Which of a pair, where it is one.</summary>
    internal DicomCode SideCode => Side == BodySide.Left ? new("7771000", "SCT", "Left") : new("24028007", "SCT", "Right");

    /// <summary>Name and code.</summary>
    public override string ToString() => $"{Name} (SCT {Code})";
}
