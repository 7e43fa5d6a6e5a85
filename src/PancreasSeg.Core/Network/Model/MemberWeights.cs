using System.Globalization;

namespace PancreasSeg.Network;

/// <summary>The weights of an ensemble's members in their model file: those of one are read when its turn comes.</summary>
internal static class MemberWeights
{
    private const string Prefix = "member";

    /// <summary>True for the name of a member's weights.</summary>
    public static bool IsOfMember(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>All weights of all members, under the names that they have in a file.</summary>
    public static IReadOnlyList<WeightTensor> Of(PancreasModel ensemble) => [.. ensemble.Members.SelectMany((member, i) =>
        member.Weights.Tensors.Select(t => t with { Shape = new WeightShape(PrefixOf(i) + t.Shape.Name, t.Shape.Shape) }))];

    /// <summary>What reads the weights of each member.</summary>
    public static IReadOnlyList<Func<ModelWeights>> Readers(ModelHeader ensemble, string path) =>
        [.. ensemble.Ensemble!.Members.Select((member, i) => (Func<ModelWeights>)(() => Read(ensemble, i, path)))];

    /// <summary>Looks at the weights of every member, one after the other, and for weights of none.</summary>
    /// <param name="model">Out of the file.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">Those of a member are damaged; says which.</exception>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/>; as for any weights.</exception>
    public static void Check(PancreasModel model, string path)
    {
        foreach (PancreasModel member in model.Members) _ = member.Weights;
        string[] known = [.. model.Members.Select((_, i) => PrefixOf(i))];
        List<WeightTensor> strays = ModelFile.Tensors(path,
            name => IsOfMember(name) && !known.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))).Tensors;
        if (strays.Count > 0)
            throw ModelFile.Mismatch(path, $"it holds weights of a member that it does not describe, such as '{strays[0].Shape.Name}'");
    }

    private static ModelWeights Read(ModelHeader ensemble, int index, string path)
    {
        MemberHeader member = ensemble.Ensemble!.Members[index];
        string prefix = PrefixOf(index), name = $"its member {index} ({member.Fold})";
        try
        {
            IEnumerable<WeightTensor> own = ModelFile.Tensors(path, tensor => tensor.StartsWith(prefix, StringComparison.Ordinal)).Tensors
                .Select(t => t with { Shape = new WeightShape(t.Shape.Name[prefix.Length..], t.Shape.Shape) });
            var weights = new ModelWeights(ModelFile.Ordered(own, ensemble.Network.Layout, path, $"{name}: "));
            return weights.Sha256() == member.Sha256 ? weights
                : throw new InvalidDataException("the weights are not those it was written with (SHA-256 differs)");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new CoreException(Fault.ModelFormatUnknown, $"'{path}' is damaged in {name}: {ModelFile.Reason(e)}.", path,
                "Join the members again, or fetch the file again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileFault.Unreadable(path, e);
        }
    }

    private static string PrefixOf(int member) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{member}.");
}
