namespace PancreasSeg.Network.Keras;

/// <summary>One weight in a Keras file; its values are read when asked for.</summary>
/// <param name="Name">Its path inside its layer, e.g. <c>conv3d_6/kernel:0</c>.</param>
/// <param name="Shape">Its shape in the axis order of Keras, outermost first.</param>
/// <param name="Read">Reads the values.</param>
internal sealed record KerasTensor(string Name, int[] Shape, Func<float[]> Read);
