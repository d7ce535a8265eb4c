using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Login.Status;

/// <summary>
/// Asks OCSP responders (RFC 6960). A good answer counts for <see cref="CacheLimit"/> without asking again, and for
/// <see cref="OutageLimit"/> while the responder cannot be reached; after that nobody gets in.
/// </summary>
/// <param name="http">For the requests; disposed with this. Its own timeout should be longer than ours.</param>
/// <param name="responder">The responder; null: the one that each certificate names.</param>
/// <param name="time">The present.</param>
/// <param name="log">For outages.</param>
public sealed partial class OcspStatusSource(HttpClient http, Uri? responder, TimeProvider time, ILogger<OcspStatusSource> log)
    : ICertificateStatusSource, IDisposable
{
    /// <summary>How long a good answer is used again.</summary>
    public static readonly TimeSpan CacheLimit = TimeSpan.FromSeconds(60);

    /// <summary>How old a good answer may be that stands in for a responder that does not answer.</summary>
    public static readonly TimeSpan OutageLimit = TimeSpan.FromMinutes(10);

    /// <summary>A person waits; a responder that takes longer is as good as none.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    /// <summary>Between our clock and the responder's.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(2);

    private const int NonceOctets = 32; // RFC 9654 section 2.1
    private const int LargestAnswer = 64 * 1024;
    private const int MostKept = 10_000;

    private readonly ConcurrentDictionary<string, DateTimeOffset> good = new();

    /// <inheritdoc/>
    public async Task<CertificateStatus> AskAsync(Certificate certificate, Certificate issuer, CancellationToken cancel)
    {
        var key = Convert.ToHexString(certificate.Sha256);
        var known = good.TryGetValue(key, out var at) ? time.GetUtcNow() - at : (TimeSpan?)null;
        if (known <= CacheLimit)
        {
            return new(CertificateStatusKind.Good);
        }

        var answer = await TryAskAsync(certificate, issuer, cancel);
        switch (answer.Kind)
        {
            case CertificateStatusKind.Good:
                Keep(key);
                return answer;
            case CertificateStatusKind.Unavailable:
                return known <= OutageLimit ? new(CertificateStatusKind.Good) : answer;
            default:
                good.TryRemove(key, out _);
                return answer;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<CertificateStatus> TryAskAsync(Certificate certificate, Certificate issuer, CancellationToken cancel)
    {
        if ((responder ?? HttpAddress(certificate)) is not { } address)
        {
            LogUnavailable(log, certificate.SerialHex, "no responder");
            return new(CertificateStatusKind.Unavailable);
        }

        try
        {
            var id = OcspCertId.Of(issuer, certificate.SerialHex);
            var nonce = RandomNumberGenerator.GetBytes(NonceOctets);
            var response = OcspResponse.Read(await PostAsync(address, new OcspRequest([id], nonce).Encode(), cancel));
            if (Judge(response, id, nonce, issuer) is { } status)
            {
                return status;
            }

            LogUnavailable(log, certificate.SerialHex, $"an answer that does not count ({response.Status})");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or MalformedException or UnsupportedKeyException)
        {
            LogUnavailable(log, certificate.SerialHex, e.GetType().Name);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            LogUnavailable(log, certificate.SerialHex, "no answer in time");
        }

        return new(CertificateStatusKind.Unavailable);
    }

    // Null: not an answer that counts, which is the same as none.
    private CertificateStatus? Judge(OcspResponse response, OcspCertId asked, byte[] nonce, Certificate issuer)
    {
        if (response.Status == OcspResponseStatus.Unauthorized)
        {
            return new(CertificateStatusKind.Unknown);
        }

        var now = time.GetUtcNow();
        var single = response.Responses.FirstOrDefault(r => r.Id.Encoded.Span.SequenceEqual(asked.Encoded.Span));
        // Responders that sign in advance leave the nonce out; then the times have to do.
        var isFresh = single is not null
            && single.ThisUpdate <= now + Skew
            && (single.NextUpdate ?? single.ThisUpdate + CacheLimit) >= now - Skew
            && (response.Nonce is null || response.Nonce.AsSpan().SequenceEqual(nonce));
        if (response.Status != OcspResponseStatus.Successful || !isFresh || !response.Verify(issuer, now))
        {
            return null;
        }

        return single!.Status switch
        {
            OcspCertStatus.Good => new(CertificateStatusKind.Good),
            OcspCertStatus.Revoked => new(CertificateStatusKind.Revoked, single.RevokedAt),
            _ => new(CertificateStatusKind.Unknown),
        };
    }

    private async Task<byte[]> PostAsync(Uri address, byte[] request, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(AnswerLimit);
        using var message = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new ByteArrayContent(request) { Headers = { ContentType = new MediaTypeHeaderValue("application/ocsp-request") } },
        };
        using var answer = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        answer.EnsureSuccessStatusCode();
        await answer.Content.LoadIntoBufferAsync(LargestAnswer, limit.Token);
        return await answer.Content.ReadAsByteArrayAsync(limit.Token);
    }

    private static Uri? HttpAddress(Certificate certificate) =>
        certificate.OcspUrls.Select(u => Uri.TryCreate(u, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri : null).FirstOrDefault(u => u is not null);

    private void Keep(string key)
    {
        var now = time.GetUtcNow();
        if (good.Count >= MostKept)
        {
            foreach (var (old, at) in good)
            {
                if (at + CacheLimit < now)
                {
                    good.TryRemove(old, out _);
                }
            }
        }

        good[key] = now;
    }

    [LoggerMessage(6001, LogLevel.Warning, "The status of certificate {Serial} is not known: {Reason}")]
    private static partial void LogUnavailable(ILogger log, string serial, string reason);
}
