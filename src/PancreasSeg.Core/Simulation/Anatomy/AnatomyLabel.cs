namespace PancreasSeg.Simulation;

/// <summary>Labels of the organ maps a phantom can be built round (<see cref="PhantomOptions.LabelMap"/>).</summary>
internal enum AnatomyLabel : byte
{
    Spleen = 1,
    Pancreas = 2,
    LeftKidney = 3,
    Gallbladder = 4,
    Oesophagus = 5,
    Liver = 6,
    Stomach = 7,
    Duodenum = 8,
}
