namespace PancreasSeg.Numerics;

/// <summary>
/// Repeatable random numbers (SplitMix64). <see cref="Fork"/> gives independent streams by name, so that one organ's draws
/// never shift another's.
/// </summary>
internal sealed class SeededRandom
{
    private readonly ulong _seed;
    private ulong _state;

    public SeededRandom(ulong seed) => _seed = _state = seed;

    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }

    /// <summary>Evenly distributed in [low, high).</summary>
    public float Uniform(float low, float high) => low + (high - low) * ((Next() >> 40) * (1f / (1 << 24)));

    /// <summary>Normally distributed round zero (Box-Muller).</summary>
    public float Normal(float deviation = 1) =>
        deviation * MathF.Sqrt(-2 * MathF.Log(Uniform(1e-7f, 1))) * MathF.Cos(Uniform(0, MathF.Tau));

    /// <summary>True with the given probability.</summary>
    public bool Chance(float probability) => Uniform(0, 1) < probability;

    /// <summary>-1 or 1.</summary>
    public float Sign() => Chance(0.5f) ? 1 : -1;

    /// <summary>A whole number from low to high, both included.</summary>
    public int Integer(int low, int high) => low + (int)(Next() % (ulong)(high - low + 1));

    /// <summary>Brings the items into an order drawn evenly from all (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int last = items.Length - 1; last > 0; last--)
        {
            int other = Integer(0, last);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }

    /// <summary>A point in the box of the given half sizes.</summary>
    public System.Numerics.Vector3 Jitter(float x, float y, float z) => new(Uniform(-x, x), Uniform(-y, y), Uniform(-z, z));

    /// <summary>An index drawn by weight.</summary>
    public int Choose(params ReadOnlySpan<float> weights)
    {
        float sum = 0;
        foreach (float weight in weights) sum += weight;
        float draw = Uniform(0, sum);
        for (int i = 0; i < weights.Length - 1; i++)
        {
            draw -= weights[i];
            if (draw < 0) return i;
        }
        return weights.Length - 1;
    }

    /// <summary>An independent stream; depends on the seed and the name only, not on what was drawn before.</summary>
    public SeededRandom Fork(string name)
    {
        ulong hash = 0xCBF29CE484222325;   // FNV-1a
        foreach (char c in name) hash = (hash ^ c) * 0x100000001B3;
        return new SeededRandom(new SeededRandom(_seed ^ hash).Next());
    }
}
