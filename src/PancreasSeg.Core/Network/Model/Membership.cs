using System.Text.Json.Nodes;

namespace PancreasSeg.Network;

/// <summary>Which models can be members of one ensemble: what prepares their input and reads their output must be the same.</summary>
internal static class Membership
{
    /// <summary>Refuses models that do not belong together.</summary>
    /// <exception cref="CoreException">As <see cref="ModelEnsemble.Of"/>.</exception>
    public static void Check(IReadOnlyList<PancreasModel> members)
    {
        if (members.Count is < 2 or > EnsembleHeader.MostMembers)
            throw new CoreException(Fault.SettingInvalid, $"An ensemble has 2 to {EnsembleHeader.MostMembers} members, not {members.Count}.",
                remedy: members.Count < 2 ? "Name the model of each fold." : $"Name {EnsembleHeader.MostMembers} at most.");
        foreach (PancreasModel member in members)
            if (member is not { NnUNet: null, Foreign: null, IsTwoStage: false, Members.Count: 0 })
                throw new CoreException(Fault.ModelNotSupported,
                    $"'{member.Name}' is no model of this module with weights of its own, as members of an ensemble are.",
                    member.Name, "Name the models that Invoke-PancreasTraining wrote; a locator is joined with -Locator.");
        foreach (PancreasModel member in members.Skip(1))
            if (Difference(members[0], member) is { } what)
                throw new CoreException(Fault.ModelPlanMismatch,
                    $"'{members[0].Name}' and '{member.Name}' are no members of one ensemble: they differ in {what}.", member.Name,
                    "Join models that were trained with the same network, plan and classes.");
    }

    /// <summary>The locator that all members have; null where none has one.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/> for different ones.</exception>
    public static PancreasModel? LocatorOf(IReadOnlyList<PancreasModel> members)
    {
        foreach (PancreasModel member in members.Skip(1))
            if (member.Locator?.Sha256 != members[0].Locator?.Sha256)
                throw new CoreException(Fault.ModelPlanMismatch,
                    $"'{members[0].Name}' and '{member.Name}' are no members of one ensemble: their locators differ.", member.Name,
                    "Join models behind one locator, or those of the second stage and name the locator by -Locator.");
        return members.Count > 0 ? members[0].Locator : null;
    }

    /// <summary>The first thing in which two models differ, with both values; null where nothing that matters does.</summary>
    private static string? Difference(PancreasModel a, PancreasModel b)
    {
        JsonNode first = Facts(a), second = Facts(b);
        foreach (string part in (string[])["network", "plan", "classNames"])
            if (Difference(part, first[part], second[part]) is { } found) return found;
        return null;
    }

    private static string? Difference(string path, JsonNode? a, JsonNode? b)
    {
        if (JsonNode.DeepEquals(a, b)) return null;
        if (a is JsonObject one && b is JsonObject other)
            foreach (string key in one.Select(p => p.Key).Union(other.Select(p => p.Key)))
                if (Difference($"{path}.{key}", one[key], other[key]) is { } found) return found;
        return $"{path} ({Text(a)} and {Text(b)})";
    }

    private static string Text(JsonNode? value) => value?.ToJsonString() ?? "none";

    private static JsonNode Facts(PancreasModel model)
    {
        JsonNode facts = JsonNode.Parse(ModelHeaderJson.Write(model.Header))!;
        facts["classNames"] = new JsonArray([.. model.ClassNames.Select(name => JsonValue.Create(name))]);
        return facts;
    }
}
