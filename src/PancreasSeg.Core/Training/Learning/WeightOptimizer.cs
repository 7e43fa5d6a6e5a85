using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PancreasSeg.Training;

/// <summary>One of torch's optimisers, with its memory as plain tensors that a checkpoint can hold.</summary>
internal sealed class WeightOptimizer : IDisposable
{
    private readonly optim.Optimizer _optimizer;
    private readonly List<(string Name, Tensor Value)> _memory = [];
    private readonly OptimizerState[] _states;

    public WeightOptimizer(IReadOnlyList<(string name, Parameter parameter)> parameters, OptimizerOptions options, double learningRate)
    {
        // The memory outlives every scope until it is disposed with the optimiser.
        using var scope = NewDisposeScope();
        List<Parameter> weights = [.. parameters.Select(p => p.parameter)];
        OptimizerHelper optimizer = options.Kind switch
        {
            OptimizerKind.AdamW => new AdamW(weights, learningRate, beta2: options.Beta2, weight_decay: options.WeightDecay),
            OptimizerKind.Sgd => new SGD(weights, learningRate, options.Momentum, weight_decay: options.WeightDecay, nesterov: true),
            _ => new Adam(weights, learningRate, beta2: options.Beta2, weight_decay: options.WeightDecay),
        };
        _optimizer = optimizer;
        _states = [.. optimizer.state_dict().State];
        for (int i = 0; i < weights.Count; i++)
        {
            string name = parameters[i].name;
            if (_states[i] is SGD.State momentum) momentum.momentum_buffer ??= zeros_like(weights[i]).DetachFromDisposeScope();
            foreach ((string kind, Tensor value) in Memory(_states[i]))
            {
                value.DetachFromDisposeScope();
                _memory.Add(($"{kind}.{name}", value));
            }
        }
    }

    /// <summary>The tensors it remembers, by name.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> State => _memory;

    /// <summary>Forgets the gradients.</summary>
    public void ZeroGradients() => _optimizer.zero_grad();

    /// <summary>One update of the weights.</summary>
    public void Step(double learningRate)
    {
        foreach (var group in _optimizer.ParamGroups) group.LearningRate = learningRate;
        using Tensor? none = _optimizer.step();
    }

    /// <summary>Sets how many updates were made: Adam corrects its means by it.</summary>
    public void SetStepCount(long count)
    {
        foreach (OptimizerState state in _states)
        {
            if (state is Adam.State adam) adam.step = count;
            else if (state is AdamW.State decoupled) decoupled.step = count;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();

    private static (string Kind, Tensor Value)[] Memory(OptimizerState state) => state switch
    {
        Adam.State adam => [("mean", adam.exp_avg), ("square", adam.exp_avg_sq)],
        AdamW.State adam => [("mean", adam.exp_avg), ("square", adam.exp_avg_sq)],
        SGD.State momentum => [("momentum", momentum.momentum_buffer)],
        _ => throw new NotSupportedException(state.GetType().Name),
    };
}
