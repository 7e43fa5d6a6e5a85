using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;

namespace PancreasSeg.Build;

/// <summary>
/// Fetches the NiiVue viewer with npm, as one file that a page can load without a server, and lays its licence beside it. Where there is
/// no npm, or no network, the build goes on without a viewer.
/// </summary>
internal static class ViewerPackage
{
    private const string Package = "@niivue/niivue@0.69.0", Script = "package/dist/niivue.umd.js";
    private const string Sha512 = "60c8d0bc9803d56d9bec3ba8c64c250b85716eb80878f449e6ac90cd72b18b6bf6301560dbce4ffc2210ca0e3aa030c60c871a3656ddf8c86d3bf79d31b5c990";

    // The package names its licence and holds no text of it.
    private const string License = """
        NiiVue 0.69.0

        BSD 2-Clause License

        Copyright (c) 2021, NiiVue contributors
        All rights reserved.

        Redistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions
        are met:

        1. Redistributions of source code must retain the above copyright notice, this list of conditions and the following disclaimer.

        2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following disclaimer in
           the documentation and/or other materials provided with the distribution.

        THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT
        LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE
        COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES
        (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION)
        HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE)
        ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
        """;

    /// <summary>Writes niivue.umd.js and niivue.LICENSE.txt into a folder.</summary>
    /// <returns>False when the package could not be fetched.</returns>
    /// <exception cref="InvalidDataException">What was fetched is not the package this build knows.</exception>
    public static bool Fetch(string folder)
    {
        string work = Directory.CreateTempSubdirectory("viewer").FullName;
        try
        {
            if (!Pack(work) || Directory.GetFiles(work, "*.tgz") is not [string archive]) return false;
            byte[] bytes = File.ReadAllBytes(archive);
            if (Convert.ToHexStringLower(SHA512.HashData(bytes)) != Sha512) throw new InvalidDataException($"{Package} has another SHA-512 than the one this build knows.");
            using var tar = new TarReader(new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress));
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry.Name != Script) continue;
                Directory.CreateDirectory(folder);
                entry.ExtractToFile(Path.Combine(folder, Path.GetFileName(Script)), overwrite: true);
                File.WriteAllText(Path.Combine(folder, "niivue.LICENSE.txt"), License);
                return true;
            }
            throw new InvalidDataException($"{Package} holds no {Script}.");
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static bool Pack(string folder)
    {
        try
        {
            bool windows = OperatingSystem.IsWindows();
            string[] arguments = ["pack", Package, "--ignore-scripts", "--silent"];
            using var npm = Process.Start(new ProcessStartInfo(windows ? "cmd" : "npm", windows ? ["/c", "npm", .. arguments] : arguments)
            {
                WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
            Task<string> error = npm.StandardError.ReadToEndAsync();
            npm.StandardOutput.ReadToEnd();
            _ = error.Result;
            npm.WaitForExit();
            return npm.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
