using System.Security.Cryptography;
using System.Text;

namespace PancreasSeg.Batch;

/// <summary>Styles and scripts of the pages, and the policy under which nothing else of a page can run.</summary>
internal static class PageAssets
{
    /// <summary>A style or script that is part of this assembly, e.g. <c>report.js</c>.</summary>
    public static string Read(string name)
    {
        using Stream stream = typeof(PageAssets).Assembly.GetManifestResourceStream($"pages.{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    /// <summary>The source of a policy that lets one inline script or style through: the hash of its bytes.</summary>
    public static string Source(string content) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}'";

    /// <summary>The head of a page down to its style. Nothing is loaded but what the policy names, and no inline script or style runs whose
    /// hash it does not have.</summary>
    /// <param name="title">Title, as HTML.</param>
    /// <param name="style">The page's style.</param>
    /// <param name="sources">More of the policy, e.g. <c>img-src data:</c>.</param>
    public static string Head(string title, string style, string sources) => $"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src {Source(style)}; base-uri 'none'; form-action 'none'; {sources}">
        <meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><title>{title}</title>
        <style>{style}</style></head>
        """;
}
