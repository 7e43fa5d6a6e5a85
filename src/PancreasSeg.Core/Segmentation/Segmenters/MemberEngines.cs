using PancreasSeg.Inference;
using PancreasSeg.Network;

namespace PancreasSeg.Segmentation;

/// <summary>The engines of a model's members, of which one at a time has its weights loaded; a model with weights of its own is its only
/// member.</summary>
internal sealed class MemberEngines : IDisposable
{
    private readonly IReadOnlyList<PancreasModel> _members;
    private readonly Func<PancreasModel, ISegmentationEngine> _create;
    private ISegmentationEngine? _loaded;
    private int _at;

    /// <summary>Loads the first member.</summary>
    public MemberEngines(PancreasModel model, Func<PancreasModel, ISegmentationEngine> create)
    {
        (_members, _create) = (model.Members.Count > 0 ? model.Members : [model], create);
        _loaded = First = create(_members[0]);
        ArgumentNullException.ThrowIfNull(First, nameof(create));
    }

    /// <summary>Settles for all members, which share one network; its weights may have made room for another's.</summary>
    public ISegmentationEngine First { get; }

    /// <summary>How many members there are.</summary>
    public int Count => _members.Count;

    /// <summary>The engine of a member, which takes the place of the one before.</summary>
    public ISegmentationEngine Of(int member)
    {
        if (_loaded is not null && _at == member) return _loaded;
        Dispose();
        ManagedHeap.Trim(0);                                // answers and weights that were let go of, before others are read
        (_loaded, _at) = (_create(_members[member]), member);
        return _loaded;
    }

    /// <summary>Frees the weights that are loaded.</summary>
    public void Dispose()
    {
        _loaded?.Dispose();
        _loaded = null;
    }
}
