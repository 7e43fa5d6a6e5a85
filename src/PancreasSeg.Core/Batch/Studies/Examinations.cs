using PancreasSeg.Import;

namespace PancreasSeg.Batch;

/// <summary>Makes a study of each examination below the entries of a folder.</summary>
internal static class Examinations
{
    private static readonly string s_unnamed = StudyIndex.IdOf(null);

    /// <summary>The examinations with CT images, with the names of their entries. An entry without any is a study itself, whose reader says
    /// what it lacks.</summary>
    /// <param name="folder">The folder of studies.</param>
    /// <param name="entries">Full paths of its entries.</param>
    /// <param name="index">The files of an entry.</param>
    /// <param name="passed">Is told which examinations have no CT images.</param>
    public static List<BatchStudy> Of(string folder, IReadOnlyList<string> entries,
        Func<string, IReadOnlyList<StudyIndex.Member>> index, List<string> passed)
    {
        var studies = new List<BatchStudy>();
        var examined = new List<(string Entry, StudyIndex.Member Member)>();
        foreach (string entry in entries)
        {
            IReadOnlyList<StudyIndex.Member> members = CtImporter.IsNifti(entry) ? [] : index(entry);
            if (!members.Any(m => m.IsCt && m.Study != s_unnamed))
            {
                studies.Add(StudyListing.Entry(entry));
                continue;
            }
            examined.AddRange(members.Select(m => (entry, m)));
            if (members.Any(m => m.IsCt && m.Study == s_unnamed))
                studies.Add(Study(folder, s_unnamed, [.. members.Where(m => m.Study == s_unnamed)], members, entry) with { Id = entry });
        }
        ILookup<string?, StudyIndex.Member> bystanders = examined.Select(e => e.Member).Where(m => m.Study is null)
            .ToLookup(m => Path.GetDirectoryName(m.Path));
        foreach (var study in examined.Where(e => e.Member.Study is not null && e.Member.Study != s_unnamed).GroupBy(e => e.Member.Study!))
        {
            StudyIndex.Member[] own = [.. study.Select(e => e.Member)];
            string entry = study.First().Entry;
            if (own.Any(m => m.IsCt))
                studies.Add(Study(folder, study.Key, own, own.Select(m => Path.GetDirectoryName(m.Path)).Distinct().SelectMany(f => bystanders[f]), entry));
            else passed.Add($"'{Path.GetFileName(entry)}' holds an examination without CT images ({study.Key[..12]})");
        }
        return studies;
    }

    /// <summary>What names no examination goes along with those beside whose images it lies: it may be a damaged slice.</summary>
    private static BatchStudy Study(string folder, string examination, IReadOnlyList<StudyIndex.Member> own,
        IEnumerable<StudyIndex.Member> beside, string entry) =>
        new(StudyListing.Entry(entry).Name, Common([.. own.Select(m => m.Path).Distinct()]))
        {
            Id = examination,
            Examination = examination,
            Folder = folder,
            Sources = [.. own.Concat(beside.Where(m => m.Study is null)).Select(m => m.Path).Distinct().Order(StringComparer.Ordinal)],
        };

    /// <summary>The file itself, or the folder below which all files lie.</summary>
    private static string Common(IReadOnlyList<string> paths)
    {
        if (paths.Count == 1) return paths[0];
        string common = Path.GetDirectoryName(paths[0])!;
        while (!paths.All(p => BatchFolder.Holds(common, p))) common = Path.GetDirectoryName(common)!;
        return common;
    }
}
