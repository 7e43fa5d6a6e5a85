using System.Collections.Frozen;

namespace PancreasSeg.Network.Foreign;

/// <summary>The names that the program of a network needs: arithmetic on tensors and lists, and nothing that reaches files, other programs
/// or the network.</summary>
internal static class ScriptNames
{
    /// <summary>Functions of <c>torch.</c>, which may be written as methods, too.</summary>
    public static FrozenSet<string> Torch { get; } = Set("""
        _convolution convolution conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d
        batch_norm instance_norm group_norm layer_norm normalize
        relu relu_ relu6 leaky_relu leaky_relu_ prelu elu elu_ selu selu_ celu gelu silu silu_ mish hardtanh hardtanh_ hardsigmoid hardswish
        sigmoid sigmoid_ tanh tanh_ softplus softmax log_softmax clamp clamp_ clamp_min clamp_max threshold
        dropout dropout_ feature_dropout alpha_dropout feature_alpha_dropout
        max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d
        adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d
        upsample_nearest1d upsample_nearest2d upsample_nearest3d upsample_linear1d upsample_bilinear2d upsample_trilinear3d
        upsample_bicubic2d pixel_shuffle pixel_unshuffle grid_sampler affine_grid_generator
        pad constant_pad_nd reflection_pad1d reflection_pad2d reflection_pad3d replication_pad1d replication_pad2d replication_pad3d
        cat concat stack chunk split split_with_sizes tensor_split narrow select slice index index_select gather unbind
        view view_as reshape reshape_as flatten unflatten permute transpose transpose_ t contiguous squeeze squeeze_ unsqueeze unsqueeze_
        expand expand_as repeat repeat_interleave roll flip movedim size dim numel ndimension clone detach to type_as float alias
        add add_ sub sub_ mul mul_ div div_ floor_divide floordiv remainder fmod neg pow sqrt rsqrt exp exp_ log abs square floor ceil round
        trunc sum mean var std var_mean std_mean max min amax amin argmax argmin norm maximum minimum addcmul addcdiv rsub reciprocal erf
        sin cos cumsum prod matmul mm bmm addmm baddbmm linear einsum scaled_dot_product_attention
        eq ne lt le gt ge where logical_and logical_or logical_not masked_fill masked_fill_ any all isnan
        __and__ __or__ __not__ __is__ __isnot__ __contains__ __getitem__ _set_item __range_length __derive_index
        zeros zeros_like ones ones_like full full_like empty empty_like arange linspace tensor scalar_tensor eye meshgrid tril triu fill_
        zero_ copy_ append extend insert pop len list format Int Float Bool ScalarImplicit IntImplicit FloatImplicit item
        is_floating_point device
        """);

    /// <summary>Operators of <c>ops.prim.</c></summary>
    public static FrozenSet<string> Operators { get; } = Set("""
        NumToTensor RaiseException unchecked_cast unchecked_unwrap_optional Uninitialized dtype device layout is_cuda min max abs data
        tolist TupleUnpack TupleConstruct TupleIndex ListConstruct ListUnpack
        """);

    /// <summary>Functions of the language itself.</summary>
    public static FrozenSet<string> Language { get; } = Set("""
        annotate unchecked_cast uninitialized int float bool str len range getattr isinstance list min max abs
        """);

    /// <summary>Words that a program of a network never holds, not even as names of its own or as text.</summary>
    public static FrozenSet<string> Never { get; } = Set("save load from_file _save _load system open exec eval import");

    /// <summary>Words before a bracket that are no calls.</summary>
    public static FrozenSet<string> Keywords { get; } = Set("if elif else while for in and or not is return assert del with as pass None");

    private static FrozenSet<string> Set(string names) =>
        names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
}
