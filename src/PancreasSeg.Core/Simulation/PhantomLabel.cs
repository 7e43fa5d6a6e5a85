namespace PancreasSeg.Simulation;

/// <summary>Labels of a phantom's truth. Hollow organs include wall and content, solid organs the vessels inside them.</summary>
public enum PhantomLabel : byte
{
    /// <summary>Air, fat, skin, table and whatever has no label of its own.</summary>
    Background = 0,

    /// <summary>Pancreas with its duct; fat between its lobules included.</summary>
    Pancreas = 1,

    /// <summary>Liver with the vessels inside it.</summary>
    Liver = 2,

    /// <summary>Spleen.</summary>
    Spleen = 3,

    /// <summary>Left kidney with its sinus, without cysts.</summary>
    LeftKidney = 4,

    /// <summary>Right kidney with its sinus, without cysts.</summary>
    RightKidney = 5,

    /// <summary>Gallbladder.</summary>
    Gallbladder = 6,

    /// <summary>Stomach.</summary>
    Stomach = 7,

    /// <summary>Duodenum.</summary>
    Duodenum = 8,

    /// <summary>Oesophagus.</summary>
    Oesophagus = 9,

    /// <summary>Aorta and its visceral branches (coeliac trunk, splenic, hepatic, superior mesenteric and renal arteries).</summary>
    Aorta = 10,

    /// <summary>Inferior vena cava and renal veins.</summary>
    InferiorVenaCava = 11,

    /// <summary>Portal, splenic and superior mesenteric vein outside the liver.</summary>
    PortalAndSplenicVein = 12,

    /// <summary>Small bowel and colon.</summary>
    Bowel = 13,

    /// <summary>Spine with discs, ribs with cartilage.</summary>
    Bone = 14,

    /// <summary>Muscle, diaphragm.</summary>
    Muscle = 15,

    /// <summary>Lung.</summary>
    Lung = 16,

    /// <summary>Heart.</summary>
    Heart = 17,
}
