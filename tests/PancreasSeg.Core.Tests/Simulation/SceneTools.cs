using PancreasSeg.Simulation;

namespace PancreasSeg.Core.Tests.Simulation;

internal static class SceneTools
{
    /// <summary>Centre of a label in LPS mm and its volume in mL, over slices within the given heights.</summary>
    public static (Vector3D Centre, double Ml) Measure(
        Scene scene, PhantomLabel label, double low = double.MinValue, double high = double.MaxValue) =>
        Measure(scene, tissue => TissueLabels.Of(tissue) == label, low, high);

    public static (Vector3D Centre, double Ml) Measure(
        Scene scene, Func<TissueClass, bool> condition, double low = double.MinValue, double high = double.MaxValue)
    {
        Vector3D sum = default;
        int count = 0;
        for (int k = 0; k < scene.Grid.Slices; k++)
            for (int j = 0; j < scene.Grid.Rows; j++)
                for (int i = 0; i < scene.Grid.Columns; i++)
                {
                    if (!condition((TissueClass)scene.Classes[scene.Grid.IndexOf(i, j, k)])) continue;
                    Vector3D p = scene.Grid.Affine.Apply(new(i, j, k));
                    if (p.Z < low || p.Z > high) continue;
                    sum += p;
                    count++;
                }
        return (count == 0 ? default : sum / count, count * scene.Grid.VoxelVolume / 1000);
    }

    /// <summary>Sizes of the face-connected components of the voxels that satisfy a condition, largest first.</summary>
    public static List<int> Components(Scene scene, Func<TissueClass, bool> condition) =>
        [.. Pieces(scene, condition).Select(piece => piece.Size).OrderDescending()];

    /// <summary>Number of voxels that satisfy a condition in components that do not reach the edge of the grid.</summary>
    public static int Enclosed(Scene scene, Func<TissueClass, bool> condition) =>
        Pieces(scene, condition).Where(piece => !piece.AtEdge).Sum(piece => piece.Size);

    private static List<(int Size, bool AtEdge)> Pieces(Scene scene, Func<TissueClass, bool> condition)
    {
        VolumeGrid g = scene.Grid;
        bool[] open = [.. scene.Classes.Select(tissue => condition((TissueClass)tissue))];
        var pieces = new List<(int, bool)>();
        var stack = new Stack<int>();
        for (int start = 0; start < open.Length; start++)
        {
            if (!open[start]) continue;
            int size = 0;
            bool atEdge = false;
            open[start] = false;
            stack.Push(start);
            while (stack.TryPop(out int at))
            {
                size++;
                int i = at % g.Columns, j = at / g.Columns % g.Rows, k = at / (g.Columns * g.Rows);
                atEdge |= i == 0 || j == 0 || k == 0 || i == g.Columns - 1 || j == g.Rows - 1 || k == g.Slices - 1;
                Visit(i - 1, j, k);
                Visit(i + 1, j, k);
                Visit(i, j - 1, k);
                Visit(i, j + 1, k);
                Visit(i, j, k - 1);
                Visit(i, j, k + 1);
            }
            pieces.Add((size, atEdge));
        }
        return pieces;

        void Visit(int i, int j, int k)
        {
            if ((uint)i >= (uint)g.Columns || (uint)j >= (uint)g.Rows || (uint)k >= (uint)g.Slices || !open[g.IndexOf(i, j, k)]) return;
            open[g.IndexOf(i, j, k)] = false;
            stack.Push(g.IndexOf(i, j, k));
        }
    }

    public static double Dice(ReadOnlySpan<byte> a, byte labelA, ReadOnlySpan<byte> b, byte labelB)
    {
        int both = 0, sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            if (a[i] == labelA) sum++;
            if (b[i] == labelB) sum++;
            if (a[i] == labelA && b[i] == labelB) both++;
        }
        return 2.0 * both / sum;
    }
}
