using static PancreasSeg.Simulation.TissueClass;

namespace PancreasSeg.Simulation;

/// <summary>From tissue class to the label it carries in a phantom's truth.</summary>
internal static class TissueLabels
{
    public static int ClassCount { get; } = Enum.GetValues<TissueClass>().Length;

    /// <summary>Label of every class, indexed by class.</summary>
    public static byte[] Table() => [.. Enum.GetValues<TissueClass>().Select(tissue => (byte)Of(tissue))];

    public static PhantomLabel Of(TissueClass tissue) => tissue switch
    {
        TissueClass.Pancreas or PancreaticDuct => PhantomLabel.Pancreas,
        TissueClass.Liver or HepaticVessel or Lesion => PhantomLabel.Liver,
        TissueClass.Spleen => PhantomLabel.Spleen,
        LeftKidneyCortex or LeftKidneyMedulla or LeftKidneySinus => PhantomLabel.LeftKidney,
        RightKidneyCortex or RightKidneyMedulla or RightKidneySinus => PhantomLabel.RightKidney,
        TissueClass.Gallbladder => PhantomLabel.Gallbladder,
        StomachWall or StomachLumen or StomachGas => PhantomLabel.Stomach,
        DuodenumWall or DuodenumLumen or DuodenumGas => PhantomLabel.Duodenum,
        TissueClass.Oesophagus => PhantomLabel.Oesophagus,
        TissueClass.Aorta or VisceralArtery or Calcification => PhantomLabel.Aorta,
        TissueClass.InferiorVenaCava or RenalVein => PhantomLabel.InferiorVenaCava,
        TissueClass.PortalVein => PhantomLabel.PortalAndSplenicVein,
        BowelWall or BowelLumen or BowelContrast or BowelGas or Stool => PhantomLabel.Bowel,
        BoneCortical or BoneTrabecular or Disc or Cartilage => PhantomLabel.Bone,
        TissueClass.Muscle => PhantomLabel.Muscle,
        TissueClass.Lung => PhantomLabel.Lung,
        TissueClass.Heart => PhantomLabel.Heart,
        _ => PhantomLabel.Background,
    };
}
