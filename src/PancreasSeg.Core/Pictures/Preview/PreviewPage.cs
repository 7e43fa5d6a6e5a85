using PancreasSeg.Postprocess;

namespace PancreasSeg.Pictures;

/// <summary>The picture of <see cref="SegmentationPreview"/>: words at the head, three planes, a row of axial planes, words at the
/// foot.</summary>
internal sealed class PreviewPage
{
    /// <summary>Pixels in a row of the picture.</summary>
    public const int Width = 1680;

    private const int Margin = 24, Gap = 12, Room = Width - 2 * Margin, LeastRows = 240, MostRows = 700, Tiles = 6, TileRows = 210;
    private const int ThumbnailFactor = 3, BarMargin = 14, BarHeight = 4, TickLength = 12;
    private const float TitleSize = 26, TextSize = 15, SmallSize = 13, LetterSize = 18, TileLetterSize = 13;
    private const double TileMarginMm = 20;
    private static readonly double[] s_bars = [100, 50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01];

    private readonly PreviewOptions _options;
    private readonly Rgb _paper, _ink;
    private readonly int _planesTop, _planesRows;

    /// <summary>All of it.</summary>
    public PngImage Image { get; }

    /// <summary>The axial, the coronal and the sagittal plane, then the small ones.</summary>
    public IReadOnlyList<PlaneView> Views { get; }

    private PreviewPage(CtVolume ct, LabelVolume? mask, PreviewOptions options, LabelVolume? reference, CancellationToken cancellation)
    {
        _options = options;
        (_paper, _ink) = options.Style == PreviewStyle.Dark
            ? (new Rgb(16, 17, 20), new Rgb(236, 236, 236)) : (Rgb.White, new Rgb(20, 20, 20));
        MaskPlace? found = MaskPlace.Of(mask), truth = MaskPlace.Of(reference);
        WorldBox whole = WorldBox.Of(ct.Grid), body = BodyBox.Of(ct, cancellation);
        if ((found ?? truth) is { } place) body = body.Union(place.Box).Intersect(whole);
        Vector3D middle = (found ?? truth)?.Middle ?? body.Centre;
        IReadOnlyList<string> reasons = StrokeFont.Wrap(string.Join(' ', options.Reasons), TextSize, Room, 2);
        int head = Margin + (int)TitleSize + 22 + (options.Model is null ? 0 : 26) + 26 * reasons.Count(line => line.Length > 0);
        PlaneView[] planes = Planes(body, middle, head);
        (_planesTop, _planesRows) = (head, planes[0].Rows);
        int captionTop = head + _planesRows + 20, tilesTop = captionTop + 28, foot = tilesTop + TileRows + 20;
        Image = new PngImage(Width, foot + (int)SmallSize + Margin);
        Image.Fill(0, 0, Image.Width, Image.Height, _paper);
        IReadOnlyList<double> levels = Levels(found ?? truth, body);
        foreach (PlaneView plane in planes)
        {
            cancellation.ThrowIfCancellationRequested();
            plane.Draw(Image, ct, found, truth, cancellation);
            Letter(plane, LetterSize);
            Bar(plane, LetterSize - 4);
            if (plane.Down.Z != 0) foreach (double level in levels) Tick(plane, level);
            if (found is null) Centred("NO MASK", plane.Left + plane.Columns / 2f, plane.Top + 48, 22);
        }
        PlaneView[] tiles = [.. TileViews(found ?? truth, body, levels, tilesTop)];
        Views = [.. planes, .. tiles];
        foreach (PlaneView tile in tiles)
        {
            cancellation.ThrowIfCancellationRequested();
            tile.Draw(Image, ct, found, truth, cancellation);
            Letter(tile, TileLetterSize);
            Bar(tile, TileLetterSize - 1);
            string height = FormattableString.Invariant($"{tile.Centre.Z - middle.Z:+0.#;-0.#;0} mm");
            StrokeFont.Draw(Image, height, tile.Left + 8, tile.Top + 9, TileLetterSize, Rgb.White, Rgb.Black);
        }
        Words(MaskWords(ct, mask, reference, cancellation), reasons);
        StrokeFont.Draw(Image, "Axial planes from head to feet, height over the axial plane above; marks at the edge show where",
            Margin, captionTop, SmallSize, _ink);
        StrokeFont.Draw(Image, FootWords(found is not null, truth is not null), Margin, foot, SmallSize, _ink);
    }

    /// <summary>Draws the page.</summary>
    public static PreviewPage Draw(
        CtVolume ct, LabelVolume? mask, PreviewOptions options, LabelVolume? reference, CancellationToken cancellation) =>
        new(ct, mask, options, reference, cancellation);

    /// <summary>The three planes alone, a third as large.</summary>
    public PngImage Thumbnail() => Image.Shrunk(Margin, _planesTop, Room, _planesRows, ThumbnailFactor);

    private static PlaneView[] Planes(WorldBox body, Vector3D middle, int top)
    {
        const int room = Room - 2 * Gap;
        (double wide, double deep) = (body.Size.X, body.Size.Y);
        double height = Math.Max(deep, Math.Min(body.Size.Z, wide)), pixel = (2 * wide + deep) / room;
        int rows = Math.Clamp((int)Math.Round(height / pixel), LeastRows, MostRows);
        pixel = Math.Max(pixel, height / rows);
        int columns = (int)Math.Round(room * wide / (2 * wide + deep)), last = room - 2 * columns;
        double window = Math.Min(rows * pixel, body.Size.Z) / 2, z = Math.Clamp(middle.Z, body.Low.Z + window, body.High.Z - window);
        Vector3D left = new(1, 0, 0), back = new(0, 1, 0), feet = new(0, 0, -1), centre = body.Centre;
        return
        [
            new(new(centre.X, centre.Y, middle.Z), left, back, pixel, Margin, top, columns, rows),
            new(new(centre.X, middle.Y, z), left, feet, pixel, Margin + columns + Gap, top, columns, rows),
            new(new(middle.X, centre.Y, z), back, feet, pixel, Margin + 2 * (columns + Gap), top, last, rows),
        ];
    }

    /// <summary>Heights of the small planes: even steps through the heights of the mask's voxels, so that each is a slice where slices
    /// are axial; without a mask through the body.</summary>
    private static IReadOnlyList<double> Levels(MaskPlace? place, WorldBox body)
    {
        if (place is null)
            return [.. Enumerable.Range(0, Tiles).Select(i => body.High.Z - (i + 0.5) * body.Size.Z / Tiles)];
        int count = Math.Min(Tiles, place.Levels.Count);
        return [.. Enumerable.Range(0, count).Select(i => place.Levels[(int)((i + 0.5) * place.Levels.Count / count)])];
    }

    private static IEnumerable<PlaneView> TileViews(MaskPlace? place, WorldBox body, IReadOnlyList<double> levels, int top)
    {
        const int columns = (Room - (Tiles - 1) * Gap) / Tiles;
        WorldBox shown = place?.Box.Grow(Math.Min(TileMarginMm, body.Size.X / 4)) ?? body;
        double pixel = Math.Max(shown.Size.X / columns, shown.Size.Y / TileRows);
        return levels.Select((level, i) => new PlaneView(new(shown.Centre.X, shown.Centre.Y, level), new(1, 0, 0), new(0, 1, 0), pixel,
            Margin + i * (columns + Gap), top, columns, TileRows));
    }

    private string MaskWords(CtVolume ct, LabelVolume? mask, LabelVolume? reference, CancellationToken cancellation)
    {
        if (_options.Title is { } title) return title;
        string Said(LabelVolume? labels, string none) => labels is null ? none
            : MaskStatistics.Measure(labels, ct, cancellation) is { MeanHu: { } hu } found
                ? FormattableString.Invariant($"{found.VolumeMl:0.0} mL, mean {Math.Round(hu) + 0.0:0} HU") : none;
        string words = Said(mask, "No mask") is var said && said == "No mask" ? said : $"Volume {said}";
        return reference is null ? words : $"{words} · reference {Said(reference, "empty")}";
    }

    private void Words(string title, IReadOnlyList<string> reasons)
    {
        float y = Margin, room = Room;
        if (_options.Status is { } status)
        {
            string badge = $"Status: {status}";
            float width = StrokeFont.Width(badge, TitleSize - 6);
            room -= width + 60;
            Frame((int)(Width - Margin - width - 40), (int)y - 8, (int)width + 40, (int)TitleSize + 16);
            StrokeFont.Draw(Image, badge, Width - Margin - width - 20, y + 3, TitleSize - 6, _ink, bold: true);
        }
        StrokeFont.Draw(Image, StrokeFont.Fit(title, TitleSize, room), Margin, y, TitleSize, _ink, bold: true);
        y += TitleSize + 18;
        foreach (string line in (string[])[_options.Model is { } model ? $"Model {model}" : "", .. reasons])
        {
            if (line.Length == 0) continue;
            StrokeFont.Draw(Image, StrokeFont.Fit(line, TextSize, Room), Margin, y, TextSize, _ink);
            y += 26;
        }
    }

    private static string FootWords(bool mask, bool reference) =>
        FormattableString.Invariant($"Window {PlaneView.WindowLow:0} to {PlaneView.WindowHigh:0} HU · the patient's right is on the left")
        + (mask ? " · solid line and fill: mask" : "") + (reference ? " · dashed line: reference" : "")
        + " · automatic, for research, NOT FOR DIAGNOSTIC USE";

    private void Frame(int left, int top, int columns, int rows)
    {
        Image.Fill(left, top, columns, rows, _ink);
        Image.Fill(left + 2, top + 2, columns - 4, rows - 4, _paper);
    }

    private void Letter(PlaneView view, float size)
    {
        string letters = view.Letters;
        float middle = view.Top + (view.Rows - size) / 2, centre = view.Left + view.Columns / 2f;
        StrokeFont.Draw(Image, letters[..1], view.Left + 9, middle, size, Rgb.White, Rgb.Black);
        StrokeFont.Draw(
            Image, letters[1..2], view.Left + view.Columns - 9 - StrokeFont.Width(letters[1..2], size), middle, size, Rgb.White, Rgb.Black);
        Centred(letters[2..3], centre, view.Top + 9, size);
        Centred(letters[3..], centre, view.Top + view.Rows - 9 - size, size);
    }

    private void Bar(PlaneView view, float size)
    {
        double mm = s_bars.FirstOrDefault(length => length / view.Pixel <= view.Columns / 4.0, s_bars[^1]);
        int columns = (int)Math.Round(mm / view.Pixel), left = view.Left + BarMargin, top = view.Top + view.Rows - BarMargin - BarHeight;
        Image.Fill(left - 1, top - 1, columns + 2, BarHeight + 2, Rgb.Black);
        Image.Fill(left, top, columns, BarHeight, Rgb.White);
        StrokeFont.Draw(Image, FormattableString.Invariant($"{mm} mm"), left, top - 9 - size, size, Rgb.White, Rgb.Black);
    }

    private void Tick(PlaneView view, double level)
    {
        int row = view.RowOf(level);
        if (row < view.Top || row >= view.Top + view.Rows - 1) return;
        Image.Fill(view.Left, row - 1, TickLength + 1, 4, Rgb.Black);
        Image.Fill(view.Left, row, TickLength, 2, Rgb.White);
    }

    private void Centred(string text, float x, float y, float size) =>
        StrokeFont.Draw(Image, text, x - StrokeFont.Width(text, size) / 2, y, size, Rgb.White, Rgb.Black);
}
