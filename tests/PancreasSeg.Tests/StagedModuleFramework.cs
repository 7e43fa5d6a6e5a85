using System.Runtime.Loader;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestFramework("PancreasSeg.Tests.StagedModuleFramework", "PancreasSeg.Tests")]

namespace PancreasSeg.Tests;

/// <summary>
/// xunit as it is, after the staged assemblies can be found: the tests name types of the module before PowerShell has imported it,
/// and both must get the same assembly.
/// </summary>
public sealed class StagedModuleFramework : XunitTestFramework
{
    /// <summary>Called by xunit before it looks at the tests.</summary>
    public StagedModuleFramework(IMessageSink messageSink) : base(messageSink)
    {
        Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
        AssemblyLoadContext.Default.Resolving += static (context, name) => name.Name is "PancreasSeg" or "PancreasSeg.Core"
            ? context.LoadFromAssemblyPath(Path.Combine(Repository.StagedBin, $"{name.Name}.dll"))
            : null;
    }
}
