using System.Net;

namespace PancreasSeg.Pacs;

/// <summary>One request to a DICOMweb server and what its answer means. Addresses, which hold what is asked for, are never told.</summary>
/// <param name="server">Who is asked.</param>
/// <param name="patience">How often lists are asked for.</param>
/// <param name="cancellation">Ends requests.</param>
internal sealed class DicomWebClient(DicomWebServer server, ServerPatience patience, CancellationToken cancellation)
{
    private const int MostRedirects = 3;
    private const string JsonType = "application/dicom+json";

    /// <summary>The address that is asked.</summary>
    public DicomWebServer Server => server;

    /// <summary>Asks for a list as DICOM JSON.</summary>
    /// <param name="path">Below the root, with its keys.</param>
    /// <param name="absentIsEmpty">Whether 404 says that there is none, as of a study that is gone.</param>
    /// <exception cref="CoreException">The request failed, or the answer is none.</exception>
    public IReadOnlyList<DicomJson> List(string path, bool absentIsEmpty) => patience.Try(() =>
    {
        using HttpResponseMessage answer = Get(path, JsonType);
        if (answer.StatusCode == HttpStatusCode.NoContent || (absentIsEmpty && answer.StatusCode == HttpStatusCode.NotFound)) return [];
        if (answer.StatusCode != HttpStatusCode.OK) throw Refused(answer.StatusCode);
        using Stream body = Body(answer);
        return DicomJson.ReadList(body, server);
    }, cancellation);

    /// <summary>Asks once. Follows redirects on the same host and port, and from http to https on their own ports.</summary>
    /// <returns>An answer that is final, its body not read yet; disposed by the caller.</returns>
    /// <exception cref="TransientFault">Another try may succeed.</exception>
    /// <exception cref="CoreException">See <see cref="Send"/>.</exception>
    public HttpResponseMessage Get(string path, string accept)
    {
        var address = new Uri(server.Uri, path);
        for (int redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.TryAddWithoutValidation("Accept", accept);
            HttpResponseMessage answer = Send(request);
            if ((int)answer.StatusCode is not (301 or 302 or 303 or 307 or 308) || answer.Headers.Location is not { } location)
                return answer;
            answer.Dispose();
            var next = new Uri(address, location);
            bool same = next.IdnHost == address.IdnHost && (next.Scheme == address.Scheme ? next.Port == address.Port
                : next.Scheme == "https" && next.IsDefaultPort && address.IsDefaultPort);
            if (!same || redirects == MostRedirects)
                throw new CoreException(Fault.ServerAnswerInvalid,
                    "The server sends the request to another host or port, from https to http, or round in circles.", server,
                    "Give the address at which the server itself answers. Where that is a page for signing on, the server wants a -Token.");
            address = next;
        }
    }

    /// <summary>Sends once and judges the status.</summary>
    /// <exception cref="TransientFault">The network failed, or the server is busy.</exception>
    /// <exception cref="CoreException"><see cref="Fault.CredentialRefused"/>, <see cref="Fault.CertificateUntrusted"/>, or what
    /// reading a file that is sent failed of.</exception>
    public HttpResponseMessage Send(HttpRequestMessage request)
    {
        request.Headers.Authorization = server.Authorization;
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        waiting.CancelAfter(patience.Answer);
        // What is sent may be large: the time counts anew with each file.
        if (request.Content is SentInstances sent) sent.FileSent = () => waiting.CancelAfter(patience.Answer);
        HttpResponseMessage answer;
        try
        {
            answer = server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, waiting.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw Unreachable("does not answer", e);
        }
        catch (HttpRequestException e)
        {
            throw Failure(e);
        }
        (int status, TimeSpan? after) = ((int)answer.StatusCode, RetryAfter(answer));
        if (status is not (401 or 403 or 407 or 408 or 429 or >= 500)) return answer;
        bool wantsToken = answer.Headers.WwwAuthenticate.Any(w => w.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase));
        answer.Dispose();
        if (status == 401)
            throw server.Authorization?.Scheme == "Bearer"
                ? new CoreException(Fault.CredentialRefused, $"'{server}' does not accept the token (401).", server,
                    "Get a new one: it may have expired.")
                : wantsToken ? new CoreException(Fault.CredentialRefused, $"'{server}' asks for a bearer token (401), as OAuth services give.",
                    server, "Get one where the server signs users on, and give it as -Token.")
                : new CoreException(Fault.CredentialRefused, $"'{server}' does not accept the user (401).", server,
                    "Check user name and password or token.");
        if (status == 407) throw ProxyRefuses();
        if (status == 403)
            throw new CoreException(Fault.CredentialRefused, $"'{server}' does not allow this user to do this (403).", server,
                "Let the server's administrator give the account the right to search, read or store.");
        throw Unreachable($"answers that it cannot work now ({status})", null, status, after);
    }

    /// <summary>The body of an answer, which ends in a <see cref="TransientFault"/> where the server breaks off or falls silent.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ServerAnswerInvalid"/>: it is compressed, which was not asked for.</exception>
    public Stream Body(HttpResponseMessage answer)
    {
        if (answer.Content.Headers.ContentEncoding.Any(e => !e.Equals("identity", StringComparison.OrdinalIgnoreCase)))
            throw new CoreException(Fault.ServerAnswerInvalid, "The server compresses its answer though nobody asked for that.", server,
                "Let the server or the proxy before it send DICOM as it is.");
        try
        {
            Stream body = answer.Content.ReadAsStreamAsync(cancellation).GetAwaiter().GetResult();
            return new AnswerStream(body, patience.Silence, e => Unreachable("broke off while it answered", e), cancellation);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw Unreachable("broke off while it answered", e);
        }
    }

    /// <summary>The failure of a status that no further try changes.</summary>
    public CoreException Refused(HttpStatusCode status) => new(Fault.ServerRequestRefused,
        $"'{server}' does not do what it is asked ({(int)status}).", server,
        "Check that the address is the root of its DICOMweb services; Test-DicomServer tells which it has.");

    private Exception Failure(HttpRequestException e)
    {
        for (Exception? cause = e; cause is not null; cause = cause.InnerException)
            if (cause is CoreException own) return own;
        return e.HttpRequestError switch
        {
            HttpRequestError.SecureConnectionError when server.CertificateRefused => new CoreException(Fault.CertificateUntrusted,
                $"The certificate of '{server}' is not trusted. Its fingerprint is {server.SeenFingerprint}.", server,
                "Add its authority to those that this machine trusts; or compare the fingerprint with the one on the server and name it."),
            HttpRequestError.SecureConnectionError => Unreachable("does not speak TLS with this machine", e),
            HttpRequestError.ProxyTunnelError => ProxyRefuses(),
            HttpRequestError.NameResolutionError when server.Proxy is null => Unreachable("has a name that is not known", e),
            _ => Unreachable(server.Proxy is { } proxy ? $"cannot be reached by way of the proxy {proxy.Host}:{proxy.Port}" : "cannot be reached", e),
        };
    }

    private CoreException ProxyRefuses() => new(Fault.ServerRequestRefused,
        $"The proxy {server.Proxy?.Host} lets nothing through to '{server}'.", server,
        "Let its administrator allow it; or name the server in NO_PROXY where it is reached without (HTTPS_PROXY names the proxy).");

    private TransientFault Unreachable(string what, Exception? cause, int? status = null, TimeSpan? after = null) => new(
        new CoreException(Fault.ServerUnreachable, $"'{server}' {what}.", server,
            "Check address, network and server; what was done is kept, so the same command can be given again.", cause), status, after);

    private static TimeSpan? RetryAfter(HttpResponseMessage answer) => answer.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - DateTimeOffset.UtcNow,
        _ => null,
    };
}
