namespace PancreasSeg.Core.Tests.Network;

/// <summary>Torch tests run one after another: they share the machine's cores and torch's thread count.</summary>
[CollectionDefinition(Name)]
public class TorchTests
{
    public const string Name = "torch";
}
