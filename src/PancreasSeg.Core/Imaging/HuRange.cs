namespace PancreasSeg;

/// <summary>A range of HU; both ends belong to it.</summary>
internal readonly record struct HuRange(double Lowest, double Highest)
{
    public bool Contains(double hu) => hu >= Lowest && hu <= Highest;
}
