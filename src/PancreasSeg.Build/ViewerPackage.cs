using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;

namespace PancreasSeg.Build;

/// <summary>
/// Fetches the NiiVue viewer with npm, as one file that a page can load without a server, and lays beside it the licences of it and of
/// what it bundles, of which its package holds no text.
/// </summary>
internal static class ViewerPackage
{
    private const string Package = "@niivue/niivue@0.69.0", Script = "package/dist/niivue.umd.js";
    private const string Sha512 =
        "60c8d0bc9803d56d9bec3ba8c64c250b85716eb80878f449e6ac90cd72b18b6bf6301560dbce4ffc2210ca0e3aa030c60c871a3656ddf8c86d3bf79d31b5c990";

    /// <summary>Writes niivue.umd.js and niivue.LICENSE.txt into a folder.</summary>
    /// <exception cref="InvalidDataException">It could not be fetched, or what was fetched is not the package this build knows.</exception>
    public static void Fetch(string folder)
    {
        string work = Directory.CreateTempSubdirectory("viewer").FullName;
        try
        {
            if (!Pack(work) || Directory.GetFiles(work, "*.tgz") is not [string archive])
                throw new InvalidDataException($"npm is absent or fetched no {Package}. Install Node.js, which brings npm.");
            byte[] bytes = File.ReadAllBytes(archive);
            if (Convert.ToHexStringLower(SHA512.HashData(bytes)) != Sha512)
                throw new InvalidDataException($"{Package} has another SHA-512 than the one this build knows.");
            using var tar = new TarReader(new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress));
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry.Name != Script) continue;
                Directory.CreateDirectory(folder);
                entry.ExtractToFile(Path.Combine(folder, BundledPart.Viewer), overwrite: true);
                File.WriteAllText(Path.Combine(folder, "niivue.LICENSE.txt"), LicenseText.Known("NiiVue")!.Content + "\n");
                return;
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
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
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
