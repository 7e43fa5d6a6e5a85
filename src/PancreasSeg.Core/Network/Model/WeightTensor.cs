namespace PancreasSeg.Network;

/// <summary>One named weight tensor in float32, outermost axis first.</summary>
internal sealed record WeightTensor(WeightShape Shape, float[] Values);
