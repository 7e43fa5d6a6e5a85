using PancreasSeg.Network;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PancreasSeg.Training;

/// <summary>
/// Turns gradients into updates: Adam (Kingma and Ba 2015), AdamW (Loshchilov and Hutter 2019) and gradient descent with Nesterov's
/// momentum, term for term as libtorch has them. Its memory is plain tensors that a checkpoint can hold.
/// </summary>
internal sealed class WeightOptimizer : IDisposable
{
    /// <summary>Adam and AdamW: memory of the gradient, and what keeps a quotient finite.</summary>
    private const double Beta1 = 0.9, Epsilon = 1e-8;

    private readonly OptimizerOptions _options;
    private readonly Parameter[] _weights;
    private readonly Tensor[] _mean;
    private readonly Tensor[] _square;

    public WeightOptimizer(IReadOnlyDictionary<string, Parameter> weights, OptimizerOptions options)
    {
        (_options, _weights) = (options, [.. weights.Values]);
        (_mean, _square) = (Zeros(), options.Kind == OptimizerKind.Sgd ? [] : Zeros());
        State = [.. weights.Keys.SelectMany(Memory)];

        Tensor[] Zeros() => [.. _weights.Select(w => zeros_like(w).DetachFromDisposeScope())];
        (string, Tensor)[] Memory(string name, int i) => _square.Length == 0 ? [($"momentum.{name}", _mean[i])]
            : [($"mean.{name}", _mean[i]), ($"square.{name}", _square[i])];
    }

    /// <summary>The tensors it remembers, by name.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> State { get; }

    /// <summary>Forgets the gradients.</summary>
    public void ZeroGradients()
    {
        foreach (Parameter weight in _weights)
        {
            using Tensor? gradient = weight.grad;
            gradient?.zero_();
        }
    }

    /// <summary>One update of the weights that have a gradient.</summary>
    /// <param name="rate">Step size.</param>
    /// <param name="number">Number of the update, counted from 1: Adam corrects its means by it.</param>
    public void Step(double rate, long number)
    {
        using var noGradients = no_grad();
        for (int i = 0; i < _weights.Length; i++)
        {
            using var scope = NewDisposeScope();
            if (_weights[i].grad is not { } gradient) continue;
            if (_options.Kind == OptimizerKind.AdamW) _weights[i].MultiplyInPlace(1 - rate * _options.WeightDecay);
            else if (_options.WeightDecay != 0) gradient = gradient.Plus(_weights[i], _options.WeightDecay);
            if (_options.Kind == OptimizerKind.Sgd) Descend(_weights[i], gradient, _mean[i], rate);
            else Adapt(_weights[i], gradient, _mean[i], _square[i], rate, number);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, Tensor value) in State) value.Dispose();
    }

    private void Descend(Tensor weight, Tensor gradient, Tensor momentum, double rate)
    {
        momentum.MultiplyInPlace(_options.Momentum).AddInPlace(gradient);
        weight.AddInPlace(gradient.Plus(momentum, _options.Momentum), -rate);
    }

    private void Adapt(Tensor weight, Tensor gradient, Tensor mean, Tensor square, double rate, long number)
    {
        mean.MultiplyInPlace(Beta1).AddInPlace(gradient, 1 - Beta1);
        square.MultiplyInPlace(_options.Beta2).AddSquareInPlace(gradient, 1 - _options.Beta2);
        Tensor size = square.sqrt().Over(Math.Sqrt(1 - Math.Pow(_options.Beta2, number))).AddInPlace(Epsilon);
        weight.AddQuotientInPlace(mean, size, -rate / (1 - Math.Pow(Beta1, number)));
    }
}
