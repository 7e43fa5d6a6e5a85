namespace PancreasSeg;

/// <summary>
/// HU that can be pancreas. Healthy tissue has 30 to 50 HU without contrast medium and 80 to 130 HU in the pancreatic phase; fat between
/// the lobules, calcified ducts and voxels at the border move a mean away from that. The three ranges differ in who drew the outline.
/// </summary>
internal static class PancreasHu
{
    /// <summary>
    /// Mean under the mask of a network. Down to fat, for an atrophied gland is half of it; 180 is more than any phase gives the gland,
    /// so that what is brighter is a vessel, bowel with contrast medium, or not HU.
    /// </summary>
    public static HuRange OfMask { get; } = new(-60, 180);

    /// <summary>
    /// Mean under a person's labels. Above 180 too, because people also outline calcified glands and stents; below -60 lies fat or air
    /// and above 250 bone or metal, so that labels and CT do not belong together.
    /// </summary>
    public static HuRange OfLabels { get; } = new(-60, 250);

    /// <summary>
    /// Mean under labels that plainly lie right: parenchyma in any phase. Narrow, because it tells a label file in its true orientation
    /// from the same one flipped, which mostly covers soft tissue as well.
    /// </summary>
    public static HuRange OfParenchyma { get; } = new(30, 150);
}
