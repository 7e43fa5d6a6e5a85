namespace PancreasSeg.Network;

/// <summary>
/// The attention U-Net (Oktay et al. 2018), both kinds: of volumes with residual blocks (He et al. 2016), whose resolution is halved
/// in-plane only since slices are thick already, and of slices with plain convolutions (Ronneberger et al. 2015), that of the
/// original project. f filters, K classes; five stages shown, stage s has C = f * 2^s channels.
/// <code>
/// x 1 ─ encoder0 f ─────────────────────────────── decoder0 f ─ head0 K ─┐
///         └ 1/2 ─ encoder1 2f ──────── gate1 ── decoder1 2f ─ head1 K ─┤ upsampled,
///             └ 1/4 ─ encoder2 4f ──── gate2 ── decoder2 4f ─ head2 K ─┤ concatenated: output K
///                 └ 1/8 ─ encoder3 8f  gate3 ── decoder3 8f ─ head3 K ─┘
///                     └ 1/16 ─ encoder4 16f ─ up3 ┘
/// </code>
/// </summary>
internal sealed class AttentionUNetWalk<T>
{
    private readonly NetworkSpec _spec;
    private readonly INetworkOperations<T> _net;
    private readonly ConvolutionWindow _three, _point, _halving, _doubling;

    public AttentionUNetWalk(NetworkSpec spec, INetworkOperations<T> net)
    {
        (_spec, _net) = (spec, net);
        int[] stride = spec.IsOfSlices ? [2, 2] : [1, 2, 2], none = new int[stride.Length];
        (_three, _point) = (ConvolutionWindow.Centred(stride.Length, 3), ConvolutionWindow.Centred(stride.Length, 1));
        _halving = new ConvolutionWindow(stride, stride, none);
        _doubling = new ConvolutionWindow([.. stride.Select(n => n * n)], stride, [.. stride.Select(n => n / 2)]);
    }

    /// <summary>Encoder, bottleneck, decoder and heads.</summary>
    /// <param name="x">N x 1 x D x H x W, or N x 1 x H x W of slices; freed.</param>
    public void Run(T x)
    {
        int bottleneck = _spec.Stages - 1;
        var skips = new T[bottleneck];
        T features = x;
        for (int s = 0; s <= bottleneck; s++)
        {
            features = Block($"encoder{s}", features, Channels(s));             // N x C x D x H/2^s x W/2^s
            _net.AfterBlock();
            if (s < bottleneck) (skips[s], features) = (features, _net.Halve($"pool{s}", features));
        }
        T gating = _spec.IsOfSlices ? _net.Convolution("gating", features, Channels(bottleneck) / 2, _point) : _net.Share(features);
        for (int s = bottleneck - 1; s >= 0; s--)
        {
            if (s > 0) skips[s] = Gate($"gate{s}", skips[s], gating, Channels(s), 1 << (bottleneck - 1 - s));
            else _net.Free(gating);
            T up = _net.Transposed($"up{s}", features, Channels(s), _doubling); // N x C x D x H/2^s x W/2^s
            _net.Free(features);
            T joined = _net.Join($"joined{s}", up, skips[s]);                   // N x 2C
            _net.Free(up);
            _net.Free(skips[s]);
            features = Block($"decoder{s}", joined, Channels(s));               // N x C
            _net.Head(s, features);
            _net.AfterBlock();
        }
        _net.Free(features);
        _net.Output();
    }

    private int Channels(int stage) => _spec.Filters << stage;

    /// <summary>
    /// Of volumes <c>relu(norm(conv2(relu(norm(conv1(x))))) + shortcut(x))</c>, of slices <c>relu(conv2(relu(conv1(x))))</c>; frees its
    /// input.
    /// </summary>
    private T Block(string name, T x, int channels)
    {
        T y = _net.Relu(Normalised($"{name}.norm1", _net.Convolution($"{name}.conv1", x, channels, _three)));
        T z = Normalised($"{name}.norm2", _net.Convolution($"{name}.conv2", y, channels, _three));
        _net.Free(y);
        if (!_spec.IsOfSlices) z = _net.AddShortcut(name, z, x);
        _net.Free(x);
        return _net.Relu(z);
    }

    private T Normalised(string name, T x) => _spec.Norm == NetworkNorm.None ? x : _net.Normalise(name, x);

    /// <summary>
    /// Grid attention: weighs each place of a skip connection by how well it agrees with the bottleneck,
    /// <c>W(x * sigmoid(psi(relu(theta(x) + phi(g)))))</c>; frees the skip. Coefficients are shared by the voxels of one stride.
    /// </summary>
    private T Gate(string name, T x, T g, int channels, int factor)
    {
        T theta = _net.Convolution($"{name}.theta", x, channels / 2, _halving, hasBias: false); // N x C/2 x D x H/2 x W/2; phi has a bias
        T phi = _net.Convolution($"{name}.phi", g, channels / 2, _point);       // N x C/2 x D x h x w
        T signal = _net.Upsample($"{name}.phi.up", phi, factor);                // N x C/2 x D x H/2 x W/2
        _net.Free(phi);
        T sum = _net.Relu(_net.Add($"{name}.sum", theta, signal));
        _net.Free(signal);
        T small = _net.Sigmoid($"{name}.sigmoid", _net.Convolution($"{name}.psi", sum, 1, _point)); // N x 1 x D x H/2 x W/2
        _net.Free(sum);
        T coefficients = _net.Upsample($"{name}.sigmoid.up", small, 2);         // N x 1 x D x H x W
        _net.Free(small);
        T gated = _net.Multiply($"{name}.gated", x, coefficients);              // N x C x D x H x W
        _net.Free(coefficients);
        T result = _net.Convolution($"{name}.output", gated, channels, _point);
        _net.Free(gated);
        _net.Free(x);
        return result;
    }
}
