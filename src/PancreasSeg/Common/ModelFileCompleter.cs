using PancreasSeg.Network;

namespace PancreasSeg.Common;

/// <summary>Completes folders and model files.</summary>
public sealed class ModelFileCompleter() : FileCompleter(ModelFile.Extension, ".zip", ModelFile.OnnxExtension);
