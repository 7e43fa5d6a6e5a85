using PancreasSeg.Network;

namespace PancreasSeg.Training;

/// <summary>What <see cref="SimulatedCases"/> makes.</summary>
public sealed record SimulationOptions
{
    /// <summary>For which stage.</summary>
    public ModelStage Stage { get; init; }

    /// <summary>
    /// Organs of patients to build round, as in <see cref="Simulation.PhantomOptions.LabelMap"/>. Without any, every patient is wholly
    /// simulated.
    /// </summary>
    public IReadOnlyList<LabelVolume> LabelMaps { get; init; } = [];

    /// <summary>Part of the patients that is wholly simulated although there are label maps.</summary>
    public double ProceduralShare { get; init; } = 0.3;

    /// <summary>Names the population: the same options give the same cases.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Cases for which a new patient comes in; 1 makes every case another patient.</summary>
    public int CasesPerPatient { get; init; } = 16;

    /// <summary>Patients among whom the next case is drawn.</summary>
    public int Patients { get; init; } = 120;
}
