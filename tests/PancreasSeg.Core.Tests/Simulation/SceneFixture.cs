using PancreasSeg.Simulation;

namespace PancreasSeg.Core.Tests.Simulation;

/// <summary>Scenes of many patients, built once for all tests of the collection.</summary>
public sealed class SceneFixture
{
    internal IReadOnlyList<Scene> Scenes { get; } =
        [.. Enumerable.Range(0, 16).Select(seed => SceneBuilder.Build(Patient.Draw((ulong)seed), 3, 100, 120))];
}

/// <summary>Tests that share the scenes.</summary>
[CollectionDefinition(nameof(SceneGroup))]
public sealed class SceneGroup : ICollectionFixture<SceneFixture>;
