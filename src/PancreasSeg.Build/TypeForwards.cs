using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;

namespace PancreasSeg.Build;

/// <summary>
/// Names an assembly's public types in another one. PowerShell finds types by name in .NET's default load context alone; through these
/// names <c>[PancreasSeg.CtVolume]</c> leads to the type in the module's own.
/// </summary>
internal static class TypeForwards
{
    /// <summary>Writes a C# file with one attribute for each public type.</summary>
    /// <exception cref="BadImageFormatException">The file is no assembly.</exception>
    public static void Write(string assembly, string destination)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        MetadataReader metadata = file.GetMetadataReader();
        var source = new StringBuilder("using System.Runtime.CompilerServices;\n\n");
        IEnumerable<string> types = metadata.TypeDefinitions.Select(metadata.GetTypeDefinition).Where(IsPublic).Select(Name);
        foreach (string type in types.Order(StringComparer.Ordinal))
            source.Append("[assembly: TypeForwardedTo(typeof(").Append(type).Append("))]\n");
        File.WriteAllText(destination, source.ToString());

        // Types inside of another one go with it.
        static bool IsPublic(TypeDefinition type) => (type.Attributes & TypeAttributes.VisibilityMask) == TypeAttributes.Public;

        // List`1 is List<> in C#.
        string Name(TypeDefinition type)
        {
            string[] parts = $"global::{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}".Split('`');
            return parts.Length == 1 ? parts[0] : $"{parts[0]}<{new string(',', type.GetGenericParameters().Count - 1)}>";
        }
    }
}
