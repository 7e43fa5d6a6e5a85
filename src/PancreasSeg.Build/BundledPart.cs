namespace PancreasSeg.Build;

/// <summary>A work inside what is shipped that no package's own licence files speak of.</summary>
/// <param name="Name">The work.</param>
/// <param name="Where">Where it is.</param>
/// <param name="License">Its licence.</param>
/// <param name="Copyright">Its copyright statement.</param>
/// <param name="Texts">Names of the texts this build holds.</param>
internal sealed record BundledPart(string Name, string Where, string License, string Copyright, params string[] Texts)
{
    /// <summary>File of the viewer of the batch's interactive pages, which comes from npm.</summary>
    public const string Viewer = "niivue.umd.js";

    /// <summary>All there are.</summary>
    public static IReadOnlyList<BundledPart> All { get; } =
    [
        new("NiiVue 0.69.0", $"{Viewer}, with what that script bundles; in packages, not in a built clone", "BSD-2-Clause",
            "Copyright (c) 2021, NiiVue contributors", "NiiVue"),
        new("GNU libgomp", "libgomp-98b21ff3.so.1 of libtorch-cpu-linux-x64, unchanged; its source is that of GCC, https://gcc.gnu.org",
            "GPL-3.0-or-later WITH GCC-exception-3.1",
            "Copyright (c) Free Software Foundation, Inc.", "GPL-3.0", "GCC-exception-3.1"),
        new("Intel oneMKL", "libtorch_cpu of libtorch-cpu-linux-x64 and torch_cpu of libtorch-cpu-win-x64",
            "Intel Simplified Software License", "Copyright (c) 1985 Intel Corporation", "Intel-Simplified"),
        new("Intel OpenMP Runtime Library", "libiomp5md.dll of libtorch-cpu-win-x64", "Intel Simplified Software License",
            "Copyright (c) Intel Corporation", "Intel-Simplified"),
        new("LLVM OpenMP Runtime Library", "libomp.dylib of libtorch-cpu-osx-arm64", "Apache-2.0 WITH LLVM-exception",
            "Copyright (c) LLVM Project contributors", "Apache-2.0", "LLVM-exception"),
        new("libuv", "uv.dll of libtorch-cpu-win-x64", "MIT",
            "Copyright (c) 2015-present libuv project contributors; Joyent, Inc. and other Node contributors", "MIT"),
        new("SQLite", "e_sqlite3 of SQLitePCLRaw.lib.e_sqlite3", "public domain", "none"),
        new("ONNX", "names and field numbers of its format, in PancreasSeg.Core.dll", "Apache-2.0",
            "Copyright (c) ONNX Project Contributors", "Apache-2.0"),
        new("TensorFlow", "names and field numbers of TensorBoard's event files, in PancreasSeg.Core.dll", "Apache-2.0",
            "Copyright (c) The TensorFlow Authors", "Apache-2.0"),
    ];
}
