using System.Net;
using PancreasSeg.Nifti;

namespace PancreasSeg.Batch;

/// <summary>
/// A page on which a study is turned and leafed through with NiiVue: the CT round the mask and the mask itself, in radiological convention.
/// The page holds both volumes; the viewer's script lies once in the output folder. Where the browser has no WebGL2 it shows the preview.
/// </summary>
internal static class StudyViewer
{
    /// <summary>Name of the page.</summary>
    public const string PageFile = "view.html";

    private const double MarginMm = 25;
    private const short LowestHu = -200, HighestHu = 300, StepHu = 4;

    /// <summary>Writes the page of a study into its folder.</summary>
    /// <param name="folder">Where the page goes; two levels below the output folder.</param>
    /// <param name="study">Name of the study.</param>
    /// <param name="ct">The CT.</param>
    /// <param name="mask">Its mask, not empty.</param>
    /// <param name="box">The mask's voxels.</param>
    public static void Write(string folder, string study, CtVolume ct, LabelVolume mask, VoxelBox box)
    {
        VolumeGrid crop = Around(ct.Grid, box);
        string image = Encoded(folder, path => NiftiFile.Write(path, Coarse(ct.To(crop)))),
            label = Encoded(folder, path => NiftiFile.Write(path, mask.To(crop)));
        string name = WebUtility.HtmlEncode(study);
        AtomicFile.Write(Path.Combine(folder, PageFile), true, stream =>
        {
            using var page = new StreamWriter(stream, leaveOpen: true);
            page.Write($$"""
                <!doctype html>
                <html lang="en"><head><meta charset="utf-8"><title>{{name}}</title>
                <style>body { margin: 0; background: #000; color: #ddd; font: 14px system-ui, sans-serif } div { height: calc(100vh - 2.6rem) } p { margin: .5rem 1rem } img { max-width: 100% }</style></head>
                <body><p>{{name}} · CT round the mask, HU rounded to {{StepHu}} · research use, not for diagnosis</p><div><canvas id="view"></canvas></div>
                <script src="../../{{BatchFolder.ViewerName}}/{{BatchFolder.ViewerScript}}"></script>
                <script>
                (async () => {
                  try {
                    const view = new niivue.Niivue({ isRadiologicalConvention: true, backColor: [0, 0, 0, 1], crosshairColor: [0.4, 0.8, 1, 0.7], crosshairWidth: 0.5 });
                    await view.attachTo('view');
                    view.setMultiplanarLayout(2);
                    const load = (base64, name, more) => niivue.NVImage.loadFromBase64({ base64, name, ...more });
                    view.addVolume(await load('{{image}}', 'ct.nii.gz', { colormap: 'gray', cal_min: -160, cal_max: 240 }));
                    view.addVolume(await load('{{label}}', 'mask.nii.gz', { colormap: 'red', opacity: 0.4, cal_min: 0, cal_max: 1 }));
                    view.updateGLVolume();
                    document.title += ' (ready)';
                  } catch (e) {
                    document.getElementById('view').replaceWith(Object.assign(new Image(), { src: '{{BatchFolder.PreviewFile}}' }));
                    document.title += ' (picture)';
                  }
                })();
                </script></body></html>

                """);
        });
    }

    private static VolumeGrid Around(VolumeGrid grid, VoxelBox box)
    {
        (int first, int count) Range(int low, int high, int size, double spacing)
        {
            int margin = (int)Math.Ceiling(MarginMm / spacing), from = Math.Max(0, low - margin);
            return (from, Math.Min(size - 1, high + margin) - from + 1);
        }
        (int column, int columns) = Range(box.FirstColumn, box.LastColumn, grid.Columns, grid.Spacing.X);
        (int row, int rows) = Range(box.FirstRow, box.LastRow, grid.Rows, grid.Spacing.Y);
        (int slice, int slices) = Range(box.FirstSlice, box.LastSlice, grid.Slices, grid.Spacing.Z);
        return new VolumeGrid(columns, rows, slices, grid.Affine with { Translation = grid.Affine.Apply(new(column, row, slice)) });
    }

    // Noise below the eye's threshold would double the page.
    private static CtVolume Coarse(CtVolume ct)
    {
        var values = new short[ct.Grid.VoxelCount];
        for (int i = 0; i < values.Length; i++)
            values[i] = (short)(MathF.Round(Math.Clamp(ct.HuAt(i), LowestHu, HighestHu) / StepHu) * StepHu);
        return new CtVolume(ct.Grid, values, ct.Source);
    }

    private static string Encoded(string folder, Action<string> write)
    {
        string path = Path.Combine(folder, "volume.nii.gz");
        try
        {
            write(path);
            return Convert.ToBase64String(File.ReadAllBytes(path));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
