using Microsoft.Data.Sqlite;
using PancreasSeg.Batch;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Nifti;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Benchmarks;

/// <summary>A batch as a whole, its journal and its report.</summary>
internal static class BatchJobs
{
    /// <summary>Studies of the batch that is timed.</summary>
    public const int Studies = 4;

    private const string Run = "run";

    // Done, of two scans a patient, as a batch enters them.
    private const string Insert = """
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @count)
        INSERT INTO attempt (run, study, path, work, number, state, alone, started, ended, patient_key, status, volume_ml, mean_hu,
            model_sha256, folder)
        SELECT 'run', printf('study%06d', i), printf('study%06d', i), printf('key%d', i), 1, 'Done', 0, @time, @time,
            printf('p%05d', i / 2), 'Ok', 60 + i % 40, 40 + i % 30, 'sha', printf('cases/study%06d', i) FROM n
        """;

    /// <summary>Segments studies of 512 x 512 x 130 with the released model into a new folder, reading and writing included.</summary>
    public static Action Throughput(string work, string modelPath, CtVolume ct)
    {
        string studies = Directory.CreateDirectory(Path.Combine(work, "batch")).FullName;
        for (int i = 0; i < Studies; i++) NiftiFile.Write(Path.Combine(studies, $"study{i}.nii.gz"), ct);
        PancreasModel model = ModelFile.Read(modelPath);
        return () =>
        {
            var options = new BatchOptions
            {
                Path = studies,
                OutputPath = Path.Combine(work, Path.GetRandomFileName()),
                Segmentation = new SegmentationOptions { AcceptAnyInput = true },
            };
            using var runner = new BatchRunner(options, model, stage => new TorchEngine(stage));
            if (runner.Run(new Silent(), default).Done != Studies) throw new InvalidOperationException("A study was not segmented.");
        };
    }

    /// <summary>Writes the report of so many finished studies.</summary>
    public static Action Report(string work, int studies)
    {
        BatchFolder folder = Folder(work, studies);
        return () => MergedReport.Write(folder.Root);
    }

    /// <summary>Takes a new study into work and enters its end, in a journal of so many.</summary>
    public static Action Claim(string work, int studies)
    {
        BatchJournal journal = SqliteJournal.Open(Folder(work, studies));
        return () =>
        {
            string study = Path.GetRandomFileName();
            var item = new BatchItem
            {
                Study = study,
                Path = study,
                Run = Run,
                State = BatchState.Running,
                Started = DateTimeOffset.UtcNow,
            };
            (long? id, BatchItem begun) = journal.Claim(new ClaimRequest(item, study, study, study, null, false, _ => false));
            journal.Complete(id!.Value, begun with { State = BatchState.Failed, Ended = DateTimeOffset.UtcNow });
        };
    }

    private static BatchFolder Folder(string work, int studies)
    {
        var folder = new BatchFolder(Directory.CreateDirectory(Path.Combine(work, Path.GetRandomFileName())).FullName, null);
        using (BatchJournal journal = SqliteJournal.Open(folder))
        {
            var run = new BatchSummary { Run = Run, Started = DateTimeOffset.UtcNow, Model = "benchmark" };
            journal.Begin(run, "sha");
            journal.End(run with { Ended = DateTimeOffset.UtcNow, Outcome = BatchOutcome.Completed });
        }
        using var connection = new SqliteConnection($"Data Source={folder.Journal};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = Insert;
        command.Parameters.AddWithValue("@count", studies);
        command.Parameters.AddWithValue("@time", JournalRows.Text(DateTimeOffset.UtcNow));
        command.ExecuteNonQuery();
        return folder;
    }

    private sealed class Silent : IBatchListener
    {
        public void Ended(BatchItem item)
        {
        }

        public void Decided(string text)
        {
        }

        public void Report(ProgressStep value)
        {
        }
    }
}
