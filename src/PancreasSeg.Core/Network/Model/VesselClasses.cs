namespace PancreasSeg.Network;

/// <summary>Names of the vessels that a network may learn beside the pancreas; by them a result tells the contrast phase.</summary>
internal static class VesselClasses
{
    public const string Aorta = "aorta", VenaCava = "inferior vena cava", PortalVein = "portal and splenic vein";
}
