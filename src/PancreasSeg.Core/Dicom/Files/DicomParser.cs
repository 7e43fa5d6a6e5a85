using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>
/// Walks a data set up to its pixel data and keeps the elements of a <see cref="DicomSelection"/>. Iterative with a counted
/// depth; every length is checked against the enclosing item before it is used, and values nobody needs are stepped over.
/// </summary>
internal sealed class DicomParser(DicomInput input, DicomSelection selection, CancellationToken cancellation)
{
    /// <summary>Sequence items in a file, beyond which it is taken for damaged.</summary>
    public const int MaxItems = 1 << 20;

    private const int MaxDepth = 256;

    private readonly Stack<Scope> _scopes = new();
    private int _items;

    /// <summary>Reads group 0002, which is always explicit little endian; its group length is not trusted.</summary>
    public void ReadMeta(DicomDataset target)
    {
        while (input.Peek(2) is [0x02, 0x00])
        {
            cancellation.ThrowIfCancellationRequested();
            DicomElement element = DicomElement.Read(input, DicomEncoding.Explicit);
            Check(element, input.Length);
            KeepOrSkip(element, target);
        }
    }

    /// <summary>Reads up to and including the header of the main pixel data; null when the data set ends without.</summary>
    public DicomElement? ReadToPixelData(DicomDataset target, DicomEncoding encoding)
    {
        _scopes.Push(new Scope(input.Length, encoding, target, null));
        while (_scopes.TryPeek(out Scope scope))
        {
            cancellation.ThrowIfCancellationRequested();
            if (input.Position >= scope.End || input.Peek(8).Length < 8)
            {
                // Data sets that end inside a sequence of undefined length are closed here: there is nothing after them.
                if (input.Position > scope.End) throw Invalid("An element reaches beyond its sequence item");
                _scopes.Pop();
                continue;
            }
            DicomElement element = DicomElement.Read(input, scope.Encoding);
            if (scope.Items is not null || scope.IsSkippedSequence) ReadItem(element, scope);
            else if (_scopes.Count == 1 && element.Tag == DicomTag.PixelData) return element;
            else ReadElement(element, scope);
        }
        return null;
    }

    private void ReadElement(DicomElement element, Scope scope)
    {
        if (element.Tag == DicomTag.ItemDelimiter && _scopes.Count > 1)
        {
            _scopes.Pop();
            return;
        }
        Check(element, scope.End);
        bool read = scope.Target is not null && selection.Reads(element.Tag);
        if (read || element.IsUndefined)
        {
            // An unknown element of undefined length is a sequence in implicit little endian (PS3.5 section 6.2.2).
            DicomEncoding encoding = element.Vr == DicomElement.Unknown ? DicomEncoding.Implicit : scope.Encoding;
            long end = element.IsUndefined ? scope.End : input.Position + element.Length;
            Push(new Scope(end, encoding, null, read ? scope.Target!.AddSequence(element.Tag) : null, IsSkippedSequence: !read));
        }
        else
        {
            KeepOrSkip(element, scope.Target);
        }
    }

    private void ReadItem(DicomElement element, Scope scope)
    {
        switch (element.Tag)
        {
            case DicomTag.SequenceDelimiter:
                _scopes.Pop();
                break;
            case DicomTag.Item:
                Check(element, scope.End);
                DicomDataset? target = null;
                if (scope.Items is not null)
                {
                    if (++_items > MaxItems) throw Invalid("There are more sequence items than any image needs");
                    scope.Items.Add(target = new DicomDataset(scope.Encoding.IsBigEndian));
                }
                if (element.IsUndefined) Push(new Scope(scope.End, scope.Encoding, target, null));
                else if (target is not null) Push(new Scope(input.Position + element.Length, scope.Encoding, target, null));
                else input.Skip(element.Length);
                break;
            default:
                throw Invalid($"A sequence holds {DicomTag.Format(element.Tag)} in place of an item");
        }
    }

    private void KeepOrSkip(DicomElement element, DicomDataset? target)
    {
        if (target is null || element.Length > selection.MaxValueBytes || !selection.Keeps(element.Tag))
        {
            input.Skip(element.Length);
            return;
        }
        var value = new byte[element.Length];
        input.ReadExactly(value);
        target.Add(element.Tag, value);
    }

    private void Check(DicomElement element, long end)
    {
        if (!element.IsUndefined && element.Length > end - input.Position)
            throw Invalid(Invariant(
                $"Element {DicomTag.Format(element.Tag)} claims {element.Length} bytes where {end - input.Position} are left"));
    }

    private void Push(Scope scope)
    {
        if (_scopes.Count > 2 * MaxDepth) throw Invalid(Invariant($"Sequences are nested deeper than {MaxDepth} levels"));
        _scopes.Push(scope);
    }

    private CoreException Invalid(string what) =>
        new(Fault.DicomFileInvalid, Invariant($"{what} (byte {input.Position})."));

    /// <summary>The data set, item or sequence being read. <paramref name="Target"/> is null where nothing is kept.</summary>
    private readonly record struct Scope(
        long End, DicomEncoding Encoding, DicomDataset? Target, List<DicomDataset>? Items, bool IsSkippedSequence = false);
}
