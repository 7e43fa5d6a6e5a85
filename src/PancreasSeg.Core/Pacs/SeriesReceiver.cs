using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using PancreasSeg.Dicom;
using static System.FormattableString;

namespace PancreasSeg.Pacs;

/// <summary>Fetches series from an archive (WADO-RS), whole or not at all.</summary>
public static class SeriesReceiver
{
    private const string AnyEncoding = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";
    private const string PlainEncoding = "multipart/related; type=\"application/dicom\"; transfer-syntax=1.2.840.10008.1.2.1";
    private const long SpareDisk = 256L << 20;

    /// <summary>Fetches a series into a folder of its own, whose name is the series' UID; a file's is its instance's UID.</summary>
    /// <param name="series">Out of <see cref="ArchiveSearch"/>.</param>
    /// <param name="folder">Full path of the folder in which that one is made.</param>
    /// <param name="overwrite">Whether such a folder is replaced.</param>
    /// <param name="progress">Told about instances.</param>
    /// <param name="cancellation">Ends it; nothing is left.</param>
    /// <returns>Full paths of the files, at least as many as the archive says there are.</returns>
    /// <exception cref="CoreException"><see cref="Fault.SeriesIncomplete"/>, <see cref="Fault.SeriesGone"/>,
    /// <see cref="Fault.NoClobber"/>, <see cref="Fault.FileWriteFailed"/>, and the faults of servers.</exception>
    public static IReadOnlyList<string> Receive(DicomSeriesReference series, string folder, bool overwrite = false,
        IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(series);
        string target = Path.Combine(folder, series.SeriesInstanceUid);
        if (!overwrite && Directory.Exists(target))
            throw new CoreException(Fault.NoClobber, $"'{target}' exists and was not replaced.", target,
                "Import it as it is, or give -Force to fetch the series again.");
        string staging = Path.Combine(folder, $".receiving.{Guid.NewGuid():N}");
        try
        {
            ReceiveInto(series, staging, progress, cancellation);
            FileFault.Writing(target, () =>
            {
                if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
                Directory.Move(staging, target);
            });
        }
        finally
        {
            if (Directory.Exists(staging)) Directory.Delete(staging, recursive: true);
        }
        return [.. Directory.GetFiles(target).Order(StringComparer.Ordinal)];
    }

    /// <summary>Fetches a series into a folder that its caller removes, whatever happens.</summary>
    /// <returns>Full paths of the files in the order of their names, which are the UIDs of the instances.</returns>
    /// <exception cref="CoreException">As <see cref="Receive"/>.</exception>
    internal static IReadOnlyList<string> ReceiveInto(
        DicomSeriesReference series, string folder, IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        FileFault.Writing(folder, () => Directory.CreateDirectory(folder));
        Fetch(series, folder, progress, cancellation);
        return [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)];
    }

    /// <summary>Fetches a series, reads it as a CT and removes its files again.</summary>
    /// <param name="series">Out of <see cref="ArchiveSearch"/>.</param>
    /// <param name="options">How the series is judged; null for the defaults.</param>
    /// <param name="progress">Told about instances and slices.</param>
    /// <param name="cancellation">Ends it; nothing is left.</param>
    /// <returns>The volume, which goes under the series' UID and has no path.</returns>
    /// <exception cref="CoreException">As <see cref="Receive"/> and <see cref="CtSeriesReader"/>.</exception>
    public static CtVolume ReadCt(DicomSeriesReference series, CtSeriesOptions? options = null,
        IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(series);
        string folder = Directory.CreateTempSubdirectory("pancreasseg-series-").FullName;
        try
        {
            Receive(series, folder, false, progress, cancellation);
            CtVolume ct = CtSeriesReader.Read(Path.Combine(folder, series.SeriesInstanceUid), series.SeriesInstanceUid, options, progress,
                cancellation);
            return ct.With(ct.Source with { Path = null });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Cut and short answers are asked for once more; a connection that broke as often as the server's patience says.
    private static void Fetch(
        DicomSeriesReference series, string staging, IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        var client = new DicomWebClient(series.Server, series.Server.Patience.Asking, cancellation);
        int expected = series.InstanceCount ?? ArchiveSearch.Instances(client, series.StudyInstanceUid, series.SeriesInstanceUid).Count();
        for (bool again = false; ; again = true)
        {
            try
            {
                int received = series.Server.Patience.Asking.Try(() =>
                {
                    foreach (string file in Directory.GetFiles(staging)) File.Delete(file);
                    return Retrieve(client, series, series.Resource,
                        reader => Read(reader, series, expected, staging, progress));
                }, cancellation);
                if (received >= Math.Max(1, expected)) return;
                if (again)
                    throw new CoreException(Fault.SeriesIncomplete,
                        Invariant($"'{series.Server}' sent {received} of {expected} instances of the series, twice."), series,
                        "Nothing was kept. If the archive is still receiving the series, wait; otherwise look whether it can read its own files.");
            }
            catch (CoreException e) when (!again && e.Fault == Fault.ServerAnswerInvalid)
            {
                // Once more.
            }
        }
    }

    /// <summary>Asks once for files as they are stored, or in a plain encoding where the server has no other to give.</summary>
    /// <param name="client">Who asks.</param>
    /// <param name="series">The series.</param>
    /// <param name="resource">It, or an instance of it.</param>
    /// <param name="read">Reads the answer.</param>
    internal static T Retrieve<T>(DicomWebClient client, DicomSeriesReference series, string resource, Func<MultipartReader, T> read)
    {
        using HttpResponseMessage answer = AsStored(client, resource) ?? client.Get(resource, PlainEncoding);
        if (answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone)
            throw new CoreException(Fault.SeriesGone, $"'{series.Server}' no longer has the series.", series, "Search again.");
        if (answer.StatusCode != HttpStatusCode.OK) throw client.Refused(answer.StatusCode);
        using Stream body = client.Body(answer);
        return read(new MultipartReader(body, MultipartReader.BoundaryOf(TypeOf(answer))));
    }

    // Servers that have only one encoding to give say so with 406, or fail.
    private static HttpResponseMessage? AsStored(DicomWebClient client, string resource)
    {
        try
        {
            HttpResponseMessage answer = client.Get(resource, AnyEncoding);
            if (answer.StatusCode != HttpStatusCode.NotAcceptable) return answer;
            answer.Dispose();
            return null;
        }
        catch (TransientFault fault) when (fault.Status == (int)HttpStatusCode.InternalServerError)
        {
            return null;
        }
    }

    private static int Read(
        MultipartReader reader, DicomSeriesReference series, int expected, string staging, IProgress<ProgressStep>? progress)
    {
        string arriving = Path.Combine(staging, "arriving");
        int received = 0;
        while (reader.Next())
        {
            // Servers put a message in place of an instance that they cannot read; it counts as not sent.
            if (reader.PartType.Length > 0 && !reader.PartType.StartsWith("application/dicom", StringComparison.OrdinalIgnoreCase)
                || reader.PartType.StartsWith("application/dicom+", StringComparison.OrdinalIgnoreCase)) continue;
            Write(reader, arriving);
            if (Keep(arriving, series)) received++;
            if (received % 16 == 0 && expected > 0)
                progress?.Report(new ProgressStep(Invariant($"instance {received} of {expected}"), (double)received / expected));
        }
        return received;
    }

    private static void Write(MultipartReader reader, string path)
    {
        if (FreeSpace(Path.GetDirectoryName(path)!) < SpareDisk)
            throw new CoreException(Fault.FileWriteFailed, $"'{path}' cannot be written: the disk is almost full.", path,
                "Make room, or receive to another disk.");
        FileFault.Writing(path, () =>
        {
            using FileStream stream = File.Create(path);
            reader.CopyTo(stream);
        });
    }

    // Of a share, Windows tells nothing by its name.
    private static long FreeSpace(string folder) => OperatingSystem.IsWindows() && folder.StartsWith(@"\\", StringComparison.Ordinal)
        ? long.MaxValue : new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>Gives a file that has arrived the name of its instance.</summary>
    /// <returns>False when the same has arrived before.</returns>
    private static bool Keep(string arriving, DicomSeriesReference series)
    {
        InstanceIdentity instance;
        try
        {
            instance = InstanceIdentity.Read(arriving, CancellationToken.None);
        }
        catch (CoreException e) when (e.Fault == Fault.DicomFileInvalid)
        {
            throw Invalid(series, "an instance that is no whole DICOM file");
        }
        if (instance.SeriesInstanceUid != series.SeriesInstanceUid) throw Invalid(series, "an instance of another series");
        string file = Path.Combine(Path.GetDirectoryName(arriving)!, instance.SopInstanceUid + ".dcm");
        if (!File.Exists(file))
        {
            File.Move(arriving, file);
            return true;
        }
        if (!SameBytes(arriving, file)) throw Invalid(series, "two different instances of one UID");
        File.Delete(arriving);
        return false;
    }

    private static bool SameBytes(string path, string other) =>
        new FileInfo(path).Length == new FileInfo(other).Length && Hash(path).AsSpan().SequenceEqual(Hash(other));

    private static byte[] Hash(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return System.Security.Cryptography.SHA256.HashData(stream);
    }

    private static string TypeOf(HttpResponseMessage answer) =>
        answer.Content.Headers.NonValidated.TryGetValues("Content-Type", out HeaderStringValues values) ? values.ToString() : "";

    private static CoreException Invalid(DicomSeriesReference series, string what) => new(Fault.ServerAnswerInvalid,
        string.Create(CultureInfo.InvariantCulture, $"'{series.Server}' sent {what}."), series,
        "Nothing was kept. Look at the series in the archive.");
}
