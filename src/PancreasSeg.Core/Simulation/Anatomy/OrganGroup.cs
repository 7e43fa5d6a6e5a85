namespace PancreasSeg.Simulation;

/// <summary>A solid or hollow organ.</summary>
/// <param name="Shape">Where it would lie alone.</param>
/// <param name="Growth">mm by which it spreads into free space; neighbours that meet share a face.</param>
/// <param name="Tissue">What it is made of by depth below its final surface.</param>
internal sealed record Organ(Shape Shape, float Growth, TissueAt Tissue)
{
    public Organ(Shape shape, float growth, TissueClass tissue) : this(shape, growth, (_, _, _) => tissue)
    {
    }

    /// <summary>mm of fat that later groups leave free round it.</summary>
    public float Halo { get; init; }
}

/// <summary>
/// Organs that compete for space: each point goes to the organ it lies deepest in, so neighbours touch along a common face
/// and never overlap. Later groups take only what earlier ones left.
/// </summary>
/// <param name="organs">The competitors.</param>
/// <param name="over">What they may replace.</param>
internal sealed class OrganGroup(IReadOnlyList<Organ> organs, TissueSet over) : SceneLayer
{
    /// <summary>How far outside an organ its neighbours still feel it: thicker than any wall's half.</summary>
    private const float FaceMm = 4;

    public override void Paint(Scanline row)
    {
        for (int i = 0; i < row.Count; i++)
        {
            row.Nearest[i] = row.Second[i] = Scanline.Far;
            row.Owner[i] = -1;
        }
        for (short k = 0; k < organs.Count; k++)
        {
            float growth = organs[k].Growth;
            (int from, int to) = organs[k].Shape.Measure(row, over, growth + organs[k].Halo + FaceMm);
            for (int i = from; i < to; i++)
            {
                float d = row.Distance[i] - growth;
                if (d < row.Nearest[i])
                {
                    if (row.Owner[i] >= 0) row.Second[i] = MathF.Min(row.Second[i], row.Nearest[i]);
                    row.Nearest[i] = d;
                    row.Owner[i] = k;
                }
                else if (d < row.Second[i])
                {
                    row.Second[i] = d;
                }
            }
        }
        for (int i = 0; i < row.Count; i++)
        {
            float nearest = row.Nearest[i], room = row.Room[i];
            if (row.Owner[i] < 0) continue;
            Organ owner = organs[row.Owner[i]];
            row.Room[i] = MathF.Min(room, nearest - owner.Halo);
            if (nearest >= 0 || room <= 0 || !over.Contains(row.Classes[i])) continue;
            float depth = MathF.Min(MathF.Min(-nearest, room), 0.5f * (row.Second[i] - nearest));
            row.Classes[i] = (byte)owner.Tissue(row, i, depth);
        }
    }
}
