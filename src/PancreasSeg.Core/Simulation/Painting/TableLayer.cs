namespace PancreasSeg.Simulation;

/// <summary>The shell of a curved table top under the patient.</summary>
/// <param name="top">y of its surface in the midline, mm.</param>
/// <param name="curve">Rise towards the sides, per mm.</param>
internal sealed class TableLayer(float top, float curve) : SceneLayer
{
    private const float ThicknessMm = 3.5f;

    public override void Paint(Scanline row)
    {
        for (int i = 0; i < row.Count; i++)
        {
            float below = row.Y - top + curve * row.X[i] * row.X[i];
            if (below is > 0 and < ThicknessMm && row.Classes[i] == (byte)TissueClass.Air) row.Classes[i] = (byte)TissueClass.Table;
        }
    }
}
