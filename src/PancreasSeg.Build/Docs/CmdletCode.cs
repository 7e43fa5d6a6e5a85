using System.Reflection;

namespace PancreasSeg.Build;

/// <summary>A cmdlet as its class declares it.</summary>
/// <param name="Name">Verb-Noun.</param>
/// <param name="Aliases">Other names of the cmdlet.</param>
/// <param name="DefaultSet">The default parameter set, if it is named.</param>
/// <param name="Parameters">In the order of the class, its bases last.</param>
internal sealed record CmdletCode(string Name, IReadOnlyList<string> Aliases, string? DefaultSet, IReadOnlyList<ParameterCode> Parameters)
{
    /// <summary>The cmdlets of a module, by name.</summary>
    /// <param name="module">Its assembly; what that needs lies beside it. Nothing of it is run.</param>
    /// <param name="powershell">System.Management.Automation.dll, of whatever version.</param>
    public static IReadOnlyList<CmdletCode> ReadAll(string module, string powershell)
    {
        string runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var resolver = new PathAssemblyResolver(
            [powershell, .. Directory.GetFiles(Path.GetDirectoryName(module)!, "*.dll"), .. Directory.GetFiles(runtime, "*.dll")]);
        using var context = new MetadataLoadContext(resolver);
        return [.. context.LoadFromAssemblyPath(module).GetTypes().Select(Read).OfType<CmdletCode>()
            .OrderBy(c => c.Name, StringComparer.Ordinal)];
    }

    /// <summary>The command lines of help, one for each parameter set, the default one first.</summary>
    public IEnumerable<string> Syntax() =>
        from set in Sets()
        let parts = Parameters.Select(p => (Parameter: p, Use: p.UseIn(set))).Where(p => p.Use is not null)
            .OrderBy(p => p.Use!.Position ?? int.MaxValue).ThenByDescending(p => p.Use!.IsMandatory)
            .Select(p => p.Parameter.Syntax(p.Use!))
        select string.Join(' ', [Name, .. parts, "[<CommonParameters>]"]);

    private IEnumerable<string?> Sets()
    {
        string?[] named = [.. Parameters.SelectMany(p => p.Uses).Select(u => u.Set).Append(DefaultSet).OfType<string>().Distinct()];
        return named.Length == 0 ? [null] : named.OrderBy(s => s != DefaultSet);
    }

    private static CmdletCode? Read(Type type)
    {
        if (ParameterCode.Attribute(type, "CmdletAttribute") is not { } cmdlet) return null;
        IEnumerable<ParameterCode> parameters = type.GetProperties().Select(ParameterCode.Read).OfType<ParameterCode>();
        return new CmdletCode($"{cmdlet.ConstructorArguments[0].Value}-{cmdlet.ConstructorArguments[1].Value}", ParameterCode.Aliases(type),
            ParameterCode.Named(cmdlet, "DefaultParameterSetName") as string, [.. parameters]);
    }
}
