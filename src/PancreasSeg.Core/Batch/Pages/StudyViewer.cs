using PancreasSeg.Nifti;
using PancreasSeg.Pictures;

namespace PancreasSeg.Batch;

/// <summary>
/// A page on which a study is turned and leafed through with NiiVue: the CT round the mask and the mask itself, in radiological
/// convention. The page holds both volumes; the viewer's script lies beside it or in it. Where the browser has no WebGL2, there is no
/// script or no mask, it shows the preview.
/// </summary>
internal static class StudyViewer
{
    /// <summary>Name of the page.</summary>
    public const string PageFile = "view.html";

    private const double MarginMm = 25;
    private const short LowestHu = -200, HighestHu = 300, StepHu = 4;

    /// <summary>Writes the page of a study.</summary>
    /// <param name="path">Full path of the page.</param>
    /// <param name="facts">What it says.</param>
    /// <param name="ct">The CT.</param>
    /// <param name="mask">Its mask; null or empty for the picture alone.</param>
    /// <param name="overwrite">False keeps a page that is there.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/> or <see cref="Fault.NoClobber"/>.</exception>
    public static void Write(string path, ViewerFacts facts, CtVolume ct, LabelVolume? mask, bool overwrite = true)
    {
        IndexBox box = mask is null ? default : IndexBox.OfNonZero(mask.Grid, mask.Labels);
        (string volumes, Vector3D middle) = ("", default);
        if (!box.IsEmpty)
        {
            middle = MaskPlace.Of(mask)!.Middle;
            VolumeGrid crop = Around(ct.Grid, box).Cut(ct.Grid);
            volumes = Data("ct", path, file => NiftiFile.Write(file, Coarse(ct.To(crop))))
                + Data("mask", path, file => NiftiFile.Write(file, mask!.To(crop)));
        }
        AtomicFile.Write(path, overwrite, stream =>
        {
            using var page = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            Write(page, facts, volumes, middle);
        });
    }

    private static void Write(StreamWriter page, ViewerFacts facts, string volumes, Vector3D middle)
    {
        string script = PageAssets.Read("view.js"), title = BatchReport.Html(facts.Title);
        string scripts = PageAssets.Source(script) + (facts.Script is { } whole ? $" {PageAssets.Source(whole)}" : " 'self' file:");
        page.Write(PageAssets.Head(title, PageAssets.Read("view.css"),
            $"script-src {scripts}; img-src 'self' file: data: blob:; connect-src data: blob:"));
        string measures = facts.VolumeMl is > 0
            ? $"Volume {BatchReport.Number(facts.VolumeMl, "0.0")} mL, mean {BatchReport.Number(facts.MeanHu, "0")} HU" : "No mask";
        string at = FormattableString.Invariant($"{-middle.X:0.##} {-middle.Y:0.##} {middle.Z:0.##}");         // RAS, as in NIfTI
        page.Write($"""
            <body><header>
            {(facts.Report is { } report ? $"<p><a href=\"{BatchReport.Html(report)}\">Back to the report</a></p>" : "")}
            <h1>{title}{(facts.Status is { } status ? $" <span class=\"state\">Status: {status}</span>" : "")}</h1>
            <p class="facts">{measures}{(facts.Model is { } model ? $" · model {BatchReport.Html(model)}" : "")}</p>
            {(facts.Words is { } words ? $"<p>{BatchReport.Html(words)}</p>" : "")}
            </header>
            <div class="bar" id="tools" hidden>
            <label>Window, HU <select id="window"><option value="-160,240">Soft tissue, -160 to 240</option><option value="-40,160">Pancreas, -40 to 160</option><option value="15,165">Narrow, 15 to 165</option><option value="-200,300">Wide, -200 to 300</option></select></label>
            <label>Opacity of the mask <input id="opacity" type="range" min="0" max="100" value="40"></label>
            <label>Planes <select id="layout"><option value="3">all</option><option value="0">axial</option><option value="1">coronal</option><option value="2">sagittal</option><option value="4">space</option></select></label>
            <label>Right to left <input id="sagittal" type="range" min="0" max="1000"></label>
            <label>Back to front <input id="coronal" type="range" min="0" max="1000"></label>
            <label>Feet to head <input id="axial" type="range" min="0" max="1000"></label>
            <output id="place"></output>
            </div>
            <div class="stage" id="stage" data-picture="{facts.Picture}" data-words="{title}: {measures}" data-middle="{at}"><canvas id="view" tabindex="0" aria-label="CT with the mask in red; the patient's right is on the left"></canvas></div>
            <footer>CT round the mask, HU rounded to {StepHu} and cut to {LowestHu} to {HighestHu}. The patient's right is on the left. Research use, not for diagnosis.</footer>
            {volumes}
            """);
        if (facts.Script is { } inside) page.Write($"<script>{inside}</script>\n");
        else if (facts.ScriptPath is { } beside) page.Write($"<script src=\"{BatchReport.Html(beside)}\"></script>\n");
        page.Write($"<script>{script}</script></body></html>\n");
    }

    private static IndexBox Around(VolumeGrid grid, IndexBox box)
    {
        int Margin(double spacing) => (int)Math.Ceiling(MarginMm / spacing);
        (int columns, int rows, int slices) = (Margin(grid.Spacing.X), Margin(grid.Spacing.Y), Margin(grid.Spacing.Z));
        return new IndexBox(box.Column - columns, box.Row - rows, box.Slice - slices,
            box.ColumnEnd + columns, box.RowEnd + rows, box.SliceEnd + slices).Intersect(IndexBox.Whole(grid));
    }

    // Noise below the eye's threshold would double the page.
    private static CtVolume Coarse(CtVolume ct)
    {
        var values = new short[ct.Grid.VoxelCount];
        for (int i = 0; i < values.Length; i++)
            values[i] = (short)(MathF.Round(Math.Clamp(ct.HuAt(i), LowestHu, HighestHu) / StepHu) * StepHu);
        return new CtVolume(ct.Grid, values, ct.Source);
    }

    // A block that no browser runs; its text is base64.
    private static string Data(string id, string page, Action<string> write)
    {
        string path = Path.Combine(Path.GetDirectoryName(page)!, $".{Guid.NewGuid():N}.nii.gz");
        try
        {
            write(path);
            return $"<script type=\"text/plain\" id=\"{id}\">{Convert.ToBase64String(File.ReadAllBytes(path))}</script>\n";
        }
        finally
        {
            File.Delete(path);
        }
    }
}
