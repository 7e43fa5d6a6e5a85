using TorchSharp;
using static TorchSharp.torch;

namespace PancreasSeg.Network;

/// <summary>
/// Arithmetic of tensors with numbers. TorchSharp makes an object with a finaliser of each number, also of the 1 in a plain sum, and
/// does not hold on to it while libtorch computes: a collection at that moment frees what is being read. Here every number lives
/// until libtorch has returned, and no other code may give it one.
/// </summary>
internal static class Arithmetic
{
    private static readonly Scalar s_one = 1;

    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, s_one);

    /// <summary>x + factor y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y, double factor)
    {
        using Scalar kept = factor;
        return x.add(y, kept);
    }

    public static Tensor Plus(this Tensor x, double number)
    {
        using Scalar kept = number;
        return x.add(kept, s_one);
    }

    public static Tensor Times(this Tensor x, double number)
    {
        using Scalar kept = number;
        return x.mul(kept);
    }

    public static Tensor Over(this Tensor x, double number)
    {
        using Scalar kept = number;
        return x.div(kept);
    }

    /// <summary>1 - x.</summary>
    public static Tensor FromOne(this Tensor x) => x.negative().add(s_one, s_one);

    /// <summary>Where whole numbers are the given one.</summary>
    public static Tensor Is(this Tensor x, long number)
    {
        using Scalar kept = number;
        return x.eq(kept);
    }

    public static Tensor Exceeds(this Tensor x, double number)
    {
        using Scalar kept = number;
        return x.gt(kept);
    }

    public static Tensor AtLeast(this Tensor x, double number)
    {
        using Scalar kept = number;
        return x.clamp(kept);
    }

    /// <summary>The values, and a whole number where the mask is true.</summary>
    public static Tensor Replaced(this Tensor x, Tensor mask, long number)
    {
        using Scalar kept = number;
        return x.masked_fill(mask, kept);
    }

    /// <summary>x with each value added at the position that its entry of the index names.</summary>
    public static Tensor PlusAt(this Tensor x, Tensor index, Tensor values) => x.index_add(0, index, values, s_one);

    /// <summary>x += y in place.</summary>
    public static Tensor AddInPlace(this Tensor x, Tensor y) => x.add_(y, s_one);

    /// <summary>x += factor y in place.</summary>
    public static Tensor AddInPlace(this Tensor x, Tensor y, double factor)
    {
        using Scalar kept = factor;
        return x.add_(y, kept);
    }

    /// <summary>x += number in place.</summary>
    public static Tensor AddInPlace(this Tensor x, double number)
    {
        using Scalar kept = number;
        return x.add_(kept, s_one);
    }

    /// <summary>x *= number in place.</summary>
    public static Tensor MultiplyInPlace(this Tensor x, double number)
    {
        using Scalar kept = number;
        return x.mul_(kept);
    }

    /// <summary>x += factor y y in place.</summary>
    public static Tensor AddSquareInPlace(this Tensor x, Tensor y, double factor)
    {
        using Scalar kept = factor;
        return x.addcmul_(y, y, kept);
    }

    /// <summary>x += factor y / z in place.</summary>
    public static Tensor AddQuotientInPlace(this Tensor x, Tensor y, Tensor z, double factor)
    {
        using Scalar kept = factor;
        return x.addcdiv_(y, z, kept);
    }

    public static Tensor LeakyReluInPlace(this Tensor x, double slope)
    {
        using Scalar kept = slope;
        return x.leaky_relu_(kept);
    }
}
