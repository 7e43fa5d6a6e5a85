using PancreasSeg.Numerics;

namespace PancreasSeg.Core.Tests.Numerics;

public class SeededRandomTests
{
    [Fact]
    public void Numbers_are_those_of_SplitMix64()
    {
        // The values usually published for the seed 1234567.
        var random = new SeededRandom(1234567);
        Assert.Equal([6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821],
            Enumerable.Range(0, 5).Select(_ => random.Next()));
    }

    [Fact]
    public void A_shuffle_keeps_every_item_and_draws_all_orders_alike()
    {
        var random = new SeededRandom(5);
        var orders = new Dictionary<string, int>();
        for (int i = 0; i < 6000; i++)
        {
            char[] items = ['a', 'b', 'c'];
            random.Shuffle(items.AsSpan());
            orders[new string(items)] = orders.GetValueOrDefault(new string(items)) + 1;
        }
        Assert.Equal(["abc", "acb", "bac", "bca", "cab", "cba"], orders.Keys.Order());
        Assert.All(orders.Values, n => Assert.InRange(n, 850, 1150));
    }
}
