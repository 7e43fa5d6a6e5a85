namespace PancreasSeg.Inference;

/// <summary>Which library computes.</summary>
public enum SegmentationEngineKind
{
    /// <summary>ONNX Runtime for a model read from an ONNX file, else libtorch, and ONNX Runtime where libtorch cannot be loaded.</summary>
    Auto,

    /// <summary>libtorch: every device and number format.</summary>
    Torch,

    /// <summary>ONNX Runtime: the processor in float32; libtorch is not loaded.</summary>
    Onnx,
}
