using System.Reflection;
using System.Runtime.CompilerServices;
using ArchUnitNET.Fluent.Syntax.Elements.Types;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using static ArchUnitNET.Fluent.ArchRuleDefinition;
using Assembly = System.Reflection.Assembly;
using Type = System.Type;

namespace PancreasSeg.Core.Tests.Architecture;

/// <summary>Dependencies point down only; docs/design.md shows the house.</summary>
public class LayerTests
{
    // From the bottom up. A room sees the vocabulary and rooms below its own row, not its neighbours.
    private static readonly string[][] s_rows =
    [
        ["Numerics"],
        ["Dicom", "Nifti", "Preprocess", "Postprocess", "Evaluation", "Simulation"],
        ["Import", "Pictures", "Pacs"],
        ["Network"],
        ["Inference", "Training"],
        ["Segmentation"],
        ["Batch"],
    ];

    private static readonly Assembly s_core = typeof(CtVolume).Assembly;
    private static readonly ArchUnitNET.Domain.Architecture s_architecture = new ArchLoader().LoadAssemblies(s_core).Build();

    public static TheoryData<string, string> Forbidden()
    {
        var pairs = new TheoryData<string, string>();
        for (int row = 0; row < s_rows.Length; row++)
        {
            foreach (string room in s_rows[row])
            {
                foreach (string other in s_rows[row..].SelectMany(r => r).Where(r => r != room)) pairs.Add(room, other);
            }
        }
        return pairs;
    }

    private static GivenTypesConjunction Room(string name) => Types().That().ResideInNamespaceMatching($@"^PancreasSeg\.{name}(\.|$)");

    private static GivenTypesConjunction Library(string pattern) => Types(includeReferenced: true).That().HaveFullNameMatching(pattern);

    [Fact]
    public void No_file_lies_outside_a_room() => Assert.Empty(Directory.EnumerateFiles(CoreFolder(), "*.cs"));

    private static string CoreFolder([CallerFilePath] string thisFile = "") =>
        Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "src", "PancreasSeg.Core");

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void A_room_sees_neither_its_neighbours_nor_what_is_above(string room, string other) =>
        Room(room).Should().NotDependOnAny(Room(other)).WithoutRequiringPositiveResults().Check(s_architecture);

    [Fact]
    public void The_vocabulary_sees_no_room() =>
        Types().That().ResideInNamespaceMatching("^PancreasSeg$")
            .Should().NotDependOnAny(Room($"({string.Join('|', s_rows.SelectMany(r => r))})")).Check(s_architecture);

    [Fact]
    public void Every_namespace_is_a_known_room() =>
        Types().That().ResideInNamespaceMatching(@"^PancreasSeg\.")
            .Should().ResideInNamespaceMatching($@"^PancreasSeg\.({string.Join('|', s_rows.SelectMany(r => r))})(\.|$)")
                .Check(s_architecture);

    [Theory]
    [InlineData(@"^TorchSharp\.", @"^PancreasSeg\.((Network|Training)\.|Inference\.(TorchEngine|ScriptPlannedNetwork)|NativeRuntime)")]
    [InlineData(@"^Microsoft\.ML\.OnnxRuntime\.", @"^PancreasSeg\.(Inference\.OnnxEngine|NativeRuntime)")]
    [InlineData(@"^Microsoft\.Data\.Sqlite\.", @"^PancreasSeg\.(Batch\.SqliteJournal|NativeRuntime)")]
    [InlineData(@"^Npgsql\.", @"^PancreasSeg\.Batch\.PostgresJournal")]
    [InlineData(@"^System\.Net\.Http\.", @"^PancreasSeg\.Pacs\.")]
    [InlineData(@"^YamlDotNet\.", @"^PancreasSeg\.Network\.Foreign\.BundleConfig")]
    [InlineData(@"^PureHDF\.", @"^PancreasSeg\.Network\.Keras\.KerasFile")]
    public void A_library_is_seen_only_where_it_is_used(string library, string users) =>
        Types().That().DoNotHaveFullNameMatching(users).Should().NotDependOnAny(Library(library)).Check(s_architecture);

    [Fact]
    public void The_rules_see_what_really_depends_on_torch() =>
        Assert.ThrowsAny<Exception>(() => Types().That().HaveFullNameMatching(@"^PancreasSeg\.NativeRuntime$")
            .Should().NotDependOnAny(Library(@"^TorchSharp\.")).Check(s_architecture));

    [Fact]
    public void Core_knows_nothing_of_powershell() =>
        Assert.DoesNotContain(
            s_core.GetReferencedAssemblies(), name => name.Name!.StartsWith("System.Management", StringComparison.Ordinal));

    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Fact]
    public void Nothing_public_exposes_an_engine() =>
        Assert.Empty(from type in s_core.GetExportedTypes()
                     from used in type.GetMembers(Declared)
                         .SelectMany(Signature).Concat(type.GetInterfaces()).Append(type.BaseType)
                     from part in Parts(used)
                     where part.Namespace is string space && (space.StartsWith("TorchSharp", StringComparison.Ordinal)
                         || space.StartsWith("Microsoft.ML", StringComparison.Ordinal))
                     select $"{type}: {part}");

    // Types in what a member shows to others.
    private static IEnumerable<Type?> Signature(MemberInfo member) => member switch
    {
        MethodBase method when method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly =>
            method.GetParameters().Select(p => p.ParameterType).Append((method as MethodInfo)?.ReturnType),
        FieldInfo field when field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly => [field.FieldType],
        _ => [],
    };

    private static IEnumerable<Type> Parts(Type? type) => type is null ? [] :
        type.HasElementType ? Parts(type.GetElementType()) : type.GetGenericArguments().SelectMany(Parts).Append(type);
}
