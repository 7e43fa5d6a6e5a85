using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Inference.Foreign;

/// <summary>The way from logits to labels on a CT's grid. The logits come slice by slice and are not kept.</summary>
internal sealed class NnUNetExport
{
    private readonly NnUNetModel _model;
    private readonly CtVolume _ct;
    private readonly NnUNetInput _input;
    private readonly LogitResampler _resampler;
    private readonly byte[] _labels;
    private readonly float[]? _probabilities;

    /// <summary>Prepares the way.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ct">The CT.</param>
    /// <param name="input">The CT as the network sees it.</param>
    /// <param name="probabilityOf">Name of the class whose probability is wanted too; null for none.</param>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/> for a class that the model does not know.</exception>
    public NnUNetExport(NnUNetModel model, CtVolume ct, NnUNetInput input, string? probabilityOf)
    {
        (_model, _ct, _input) = (model, ct, input);
        int? channel = probabilityOf is null ? null : (model.Labels.Find(probabilityOf)
            ?? throw new CoreException(Fault.SettingInvalid, $"The model knows no class '{probabilityOf}'.",
                remedy: $"It knows {string.Join(", ", model.Labels.Classes.Select(c => c.Name))}.")).Channel;
        int voxels = input.Cropped[0] * input.Cropped[1] * input.Cropped[2];
        _labels = new byte[voxels];
        _probabilities = channel is null ? null : new float[voxels];
        NnUNetConfiguration configuration = model.Plans.Configuration;
        ResamplingScheme scheme = configuration.AnswerResampling;
        _resampler = new LogitResampler(input.Image.Shape, input.Cropped, scheme,
            scheme.SeparateAxis(configuration.Spacing, input.Spacing),
            new LabelDecision(model.Labels, _labels, channel, _probabilities ?? []).Take);
    }

    /// <summary>Takes the next slices of the network's first axis.</summary>
    public void Take(LogitMap slices, CancellationToken cancellation) => _resampler.Take(slices, cancellation);

    /// <summary>What the slices gave, on the CT's grid.</summary>
    public (LabelVolume Labels, ProbabilityVolume? Probability) Finish(CancellationToken cancellation)
    {
        int[] whole = [_input.Grid.Slices, _input.Grid.Rows, _input.Grid.Columns];
        return (new LabelVolume(_ct.Grid, OnSource(_labels), _ct.Source),
            _probabilities is null ? null : new ProbabilityVolume(_ct.Grid, OnSource(_probabilities), _ct.Source));

        T[] OnSource<T>(T[] values) where T : struct
        {
            VoxelArray<T> box = new VoxelArray<T>(values, _input.Cropped).Permute(_model.Plans.Backward, cancellation);
            VoxelArray<T> image = CornerAlignedZoom.Nearest(box.Placed(_input.BoxStart, _input.Shape), whole, cancellation);
            return IndexMap.Between(_input.Grid, _ct.Grid)!.Copy(image.Values, default(T), cancellation);
        }
    }
}
