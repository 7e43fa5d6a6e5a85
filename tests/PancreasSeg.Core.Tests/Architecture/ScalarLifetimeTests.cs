using Mono.Cecil;
using Mono.Cecil.Cil;

namespace PancreasSeg.Core.Tests.Architecture;

/// <summary>
/// TorchSharp hands libtorch numbers as objects with a finaliser, and does not hold on to them during the call: a collection at that
/// moment frees a number that libtorch is reading. Core gives numbers by what keeps them alive.
/// </summary>
public class ScalarLifetimeTests
{
    private const string Arithmetic = "PancreasSeg.Network.Arithmetic";

    /// <summary>Turns numbers among a script's inputs into such objects; it is given tensors alone.</summary>
    private const string Script = "TorchSharp.torch/jit/ScriptModule";

    private static readonly ModuleDefinition s_torch = ModuleDefinition.ReadModule(typeof(TorchSharp.torch).Assembly.Location);
    private static readonly ModuleDefinition s_core = ModuleDefinition.ReadModule(typeof(CtVolume).Assembly.Location);

    [Fact]
    public void Only_kept_numbers_go_to_libtorch()
    {
        var makes = new Dictionary<string, bool>();
        Assert.Equal("", string.Join('\n',
            from type in s_core.GetTypes()
            where !type.FullName.StartsWith(Arithmetic, StringComparison.Ordinal)
            from method in type.Methods
            from called in Calls(method)
            where called.DeclaringType.Scope.Name.StartsWith("TorchSharp", StringComparison.Ordinal)
                && !called.DeclaringType.FullName.StartsWith(Script, StringComparison.Ordinal) && MakesNumber(called, makes)
            orderby type.FullName
            select $"{type.FullName}.{method.Name}: {called.FullName}"));
    }

    /// <summary>Whether a method of TorchSharp turns a number into an object that nobody holds, itself or in what it calls.</summary>
    private static bool MakesNumber(MethodReference method, Dictionary<string, bool> known)
    {
        if (method.DeclaringType.FullName is "TorchSharp.Scalar" or "TorchSharp.ScalarExtensionMethods")
            return method.ReturnType.FullName == "TorchSharp.Scalar";
        if (known.TryGetValue(method.FullName, out bool makes)) return makes;
        known[method.FullName] = false;
        return known[method.FullName] = method.Resolve() is { } definition && definition.Module.Name == s_torch.Name
            && Calls(definition).Any(called => MakesNumber(called, known));
    }

    private static IEnumerable<MethodReference> Calls(MethodDefinition method) => !method.HasBody ? [] :
        method.Body.Instructions.Where(i => i.OpCode.FlowControl == FlowControl.Call).Select(i => i.Operand).OfType<MethodReference>();
}
