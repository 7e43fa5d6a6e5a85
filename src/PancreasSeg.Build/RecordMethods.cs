using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace PancreasSeg.Build;

/// <summary>
/// Marks the compiler's method <c>&lt;Clone&gt;$</c> of records as a special name, as accessors of properties are, so that Get-Member lists
/// what a person can use and no more. Nothing else of the assembly changes.
/// </summary>
internal static class RecordMethods
{
    private const string Clone = "<Clone>$";

    /// <summary>Writes the marks into the file.</summary>
    /// <exception cref="BadImageFormatException">The file is no assembly.</exception>
    public static void Hide(string assembly)
    {
        byte[] image = File.ReadAllBytes(assembly);
        int[] places = [.. Places(image)];
        if (places.Length == 0) return;
        // The high byte of the flags, which are little-endian.
        foreach (int place in places) image[place + 1] |= (int)MethodAttributes.SpecialName >> 8;
        string temporary = $"{assembly}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllBytes(temporary, image);
            File.Move(temporary, assembly, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Where the flags of the methods lie that are not marked yet (ECMA-335 II.22.26: RVA, ImplFlags, Flags).</summary>
    private static IEnumerable<int> Places(byte[] image)
    {
        using var file = new PEReader(new MemoryStream(image));
        MetadataReader metadata = file.GetMetadataReader();
        int table = file.PEHeaders.MetadataStartOffset + metadata.GetTableMetadataOffset(TableIndex.MethodDef),
            row = metadata.GetTableRowSize(TableIndex.MethodDef);
        foreach (MethodDefinitionHandle handle in metadata.MethodDefinitions)
        {
            MethodDefinition method = metadata.GetMethodDefinition(handle);
            if (metadata.StringComparer.Equals(method.Name, Clone) && !method.Attributes.HasFlag(MethodAttributes.SpecialName))
                yield return table + (MetadataTokens.GetRowNumber(handle) - 1) * row + sizeof(int) + sizeof(short);
        }
    }
}
