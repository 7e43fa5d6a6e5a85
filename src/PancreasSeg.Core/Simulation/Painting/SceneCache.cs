using System.Collections.Concurrent;
using PancreasSeg.Numerics;

namespace PancreasSeg.Simulation;

/// <summary>
/// Patients by number, each built once when it is first asked for and kept until newer ones have taken its place. The same
/// number is the same patient always.
/// </summary>
/// <param name="maps">Organ maps to build round; none makes every patient procedural.</param>
/// <param name="proceduralShare">Part of the patients that is procedural although there are maps.</param>
/// <param name="seed">Names the population.</param>
/// <param name="capacity">Patients kept.</param>
internal sealed class SceneCache(IReadOnlyList<LabelVolume> maps, float proceduralShare, ulong seed, int capacity)
{
    /// <summary>Scene voxels, mm: bowel walls and thin vessels are still seen, and a patient takes about 9 MB.</summary>
    private const float PitchMm = 2;

    private const float BelowMm = 215, AboveMm = 165;

    private readonly IReadOnlyList<LabelVolume> _maps = [.. maps.Select(Thinned)];
    private readonly ConcurrentDictionary<long, Lazy<Scene>> _scenes = new();

    /// <summary>A patient.</summary>
    public Scene Get(long number)
    {
        Scene scene = _scenes.GetOrAdd(number, n => new Lazy<Scene>(() => Build(n))).Value;
        foreach (long old in _scenes.Keys)
            if (old < number - 2 * capacity) _scenes.TryRemove(old, out _);
        return scene;
    }

    private Scene Build(long number)
    {
        SeededRandom random = new SeededRandom(seed).Fork(FormattableString.Invariant($"patient {number}"));
        bool procedural = _maps.Count == 0 || random.Chance(proceduralShare);
        Patient patient = procedural
            ? Patient.Draw(random.Next())
            : Patient.Around(_maps[random.Integer(0, _maps.Count - 1)], random.Next(), vary: true);
        return SceneBuilder.Build(patient, PitchMm, BelowMm, AboveMm);
    }

    /// <summary>The labelled box at voxels near the scene's: a map of the scanner's resolution takes seconds to measure.</summary>
    private static LabelVolume Thinned(LabelVolume map)
    {
        VolumeGrid grid = map.Grid.ToCanonical();
        map = map.To(grid);
        IndexBox box = IndexBox.OfNonZero(grid, map.Labels);
        if (box.IsEmpty) return map;
        VolumeGrid cut = box.Grow(2).Cut(grid);
        return map.To(cut.WithSpacing(new(Math.Max(1.6, cut.Spacing.X), Math.Max(1.6, cut.Spacing.Y), Math.Max(1.6, cut.Spacing.Z))));
    }
}
