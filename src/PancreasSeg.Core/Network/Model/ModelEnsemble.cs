using PancreasSeg.Evaluation;
using PancreasSeg.Postprocess;

namespace PancreasSeg.Network;

/// <summary>Models of one plan as one: an ensemble, whose members are asked one after the other, or the mean of their weights.</summary>
public static class ModelEnsemble
{
    /// <summary>Several models of one plan as one, whose answer is the mean of their probabilities.</summary>
    /// <param name="name">Name of the ensemble.</param>
    /// <param name="members">Two to nine, of this module, each with weights of its own; of two stages where all share the first.</param>
    /// <param name="curve">Recall and precision of each case by the member that has not seen it; null where that is not known, and the
    /// threshold is then the mean of the members'.</param>
    /// <param name="postprocess">What is done to masks by default, with its figures; null for nothing.</param>
    /// <param name="quality">Predicts the Dice of masks at this threshold and post-processing; null for no prediction.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/> where members differ in network, preparation or classes,
    /// with the first difference; <see cref="Fault.ModelNotSupported"/> for a member of another kind;
    /// <see cref="Fault.SettingInvalid"/> for one or more than nine.</exception>
    public static PancreasModel Of(string name, IReadOnlyList<PancreasModel> members, IReadOnlyList<OperatingPoint>? curve = null,
        PostprocessChoice? postprocess = null, QualityModel? quality = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(members);
        PancreasModel? locator = Membership.LocatorOf(members);
        members = [.. members.Select(m => m.IsTwoStage && m.NnUNet is null ? PancreasModel.Of(m.Header, m.Readers) : m)];
        Membership.Check(members);
        var ensemble = new EnsembleHeader(EnsembleHeader.CurrentVersion, EnsembleHeader.MeanProbability,
            [.. members.Select(m => new MemberHeader(
                m.Sha256, m.Name, m.Validation, m.TrainingData, m.License, m.Header.Lineage, m.Threshold, m.SimulatedOnly))]);
        // What all began with before what that began with itself, where it is a member.
        ModelAncestor[] lineage = [.. members.OrderBy(m => members.Any(other => other.Lineage.Any(a => a.Sha256 == m.Sha256)))
            .SelectMany(m => m.Lineage).Distinct()];
        PancreasModel model = PancreasModel.Of(members[0].Header with
        {
            Name = name,
            Threshold = curve is { Count: > 0 } ? OperatingPoint.ThresholdFor(curve, OperatingPointKind.Balanced)
                : members.Average(m => m.Threshold),
            Curve = curve ?? [],
            Validation = [],
            TrainingData = string.Join(" | ", members.Select(m => m.TrainingData).Distinct()),
            License = string.Join(" | ", members.Select(m => m.License).Distinct()),
            SimulatedOnly = members.All(m => m.SimulatedOnly),
            Lineage = lineage.Length > 0 ? lineage : null,
            Sha256 = ensemble.Sha256(),
            Ensemble = ensemble,
            Postprocess = postprocess,
            Quality = quality,
        }, [.. members.SelectMany(m => m.Readers)]);
        return locator is null ? model : model.WithLocator(locator);
    }

    /// <summary>One model with the mean of the weights of several (Wortsman et al. 2022, "Model soups"), which means something only
    /// where their training began with the same ones. What was measured of the members is not stated: it is not of this one.</summary>
    /// <inheritdoc cref="Of"/>
    internal static PancreasModel OfMeanWeights(string name, IReadOnlyList<PancreasModel> members)
    {
        PancreasModel ensemble = Of(name, members);
        ModelWeights[] all = [.. members.Select(m => m.Weights)];
        var mean = new ModelWeights([.. all[0].Tensors.Select((tensor, t) => tensor with
        {
            Values = [.. tensor.Values.Select((_, i) => (float)all.Average(weights => (double)weights.Tensors[t].Values[i]))],
        })]);
        return new PancreasModel(ensemble.Header with
        {
            Sha256 = mean.Sha256(),
            Ensemble = null,
        }, mean, ensemble.Locator);
    }

    /// <summary>The members of an ensemble, each as the model that it was before; none of any other model.</summary>
    /// <param name="header">The description.</param>
    /// <param name="readers">Read the weights of each member.</param>
    internal static IReadOnlyList<PancreasModel> MembersOf(ModelHeader header, IReadOnlyList<Func<ModelWeights>> readers) =>
        header.Ensemble is not { } ensemble ? [] : [.. ensemble.Members.Zip(readers,
            (member, own) => PancreasModel.Of(header with
            {
                Name = member.Fold,
                Sha256 = member.Sha256,
                Threshold = member.Threshold ?? header.Threshold,
                Validation = member.Validation,
                TrainingData = member.TrainingData,
                License = member.License,
                SimulatedOnly = member.SimulatedOnly,
                Lineage = member.Lineage,
                Curve = [],
                Ensemble = null,
                Postprocess = null,
                Quality = null,
            }, [own]))];
}
