using System.Numerics;
using PancreasSeg.Numerics;

namespace PancreasSeg.Simulation;

/// <summary>All that is drawn of a patient before the scene is painted.</summary>
/// <param name="Habitus">The build.</param>
/// <param name="Organs">Upper abdominal organs.</param>
/// <param name="Body">Trunk.</param>
/// <param name="Warp">The patient's own deformation.</param>
/// <param name="Frame">LPS point of the anatomic frame's origin, mm.</param>
/// <param name="OrgansAreGiven">True when the organs come from a label map and must stay as they are.</param>
/// <param name="Random">Randomness of everything else.</param>
internal sealed record Patient(
    Habitus Habitus, OrganSet Organs, BodyLayer Body, PatientWarp Warp, Vector3 Frame, bool OrgansAreGiven, SeededRandom Random)
{
    /// <summary>A wholly simulated patient.</summary>
    public static Patient Draw(ulong seed)
    {
        var random = new SeededRandom(seed);
        Habitus habitus = Habitus.Sample(random.Fork("habitus"));
        return new Patient(habitus, OrganSet.Draw(habitus, random), new BodyLayer(habitus, random.Fork("body")),
            new PatientWarp(random.Fork("warp"), straight: false), Vector3.Zero, false, random);
    }

    /// <summary>A patient with the organs of a label map (<see cref="AnatomyLabel"/>) and all else drawn to fit.</summary>
    /// <exception cref="CoreException"><see cref="Fault.LabelMissing"/> without a pancreas.</exception>
    /// <param name="map">The organs.</param>
    /// <param name="seed">Names the patient.</param>
    /// <param name="vary">True when organs may be missing and, in lean bodies, spread until they touch; false keeps them as they
    /// are.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static Patient Around(LabelVolume map, ulong seed, bool vary = false, CancellationToken cancellation = default)
    {
        var random = new SeededRandom(seed);
        LabelMapAnatomy anatomy = LabelMapAnatomy.Read(map, random.Fork("map"), vary, cancellation);
        return new Patient(anatomy.Habitus, anatomy.Organs, new BodyLayer(anatomy.Habitus, random.Fork("body"), anatomy.Diaphragm()),
            new PatientWarp(random.Fork("warp"), straight: true), anatomy.Frame, true, random);
    }
}
