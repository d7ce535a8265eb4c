using System.Globalization;
using System.Security.Cryptography;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Publish;

/// <summary>An answer as HTTP gives it.</summary>
/// <param name="Der">OCSPResponse.</param>
/// <param name="Cached">The cached answer it is; null: for this request alone, not to be cached.</param>
internal readonly record struct OcspReply(byte[] Der, OcspCache.Answer? Cached);

/// <summary>
/// Answers OCSP requests (RFC 6960, profile RFC 5019): plain questions about one certificate from memory, the others signed for
/// themselves. How much is signed at once is limited, so that a flood of made-up questions cannot take the processor.
/// </summary>
internal sealed class OcspResponder(IPublicationSource source, OcspCache cache, TimeProvider time) : IDisposable
{
    private const int MostWaiting = 200;

    private static readonly byte[] Malformed = OcspBuilder.Failure(OcspResponseStatus.MalformedRequest);
    private static readonly byte[] Unauthorized = OcspBuilder.Failure(OcspResponseStatus.Unauthorized);
    private static readonly byte[] TryLater = OcspBuilder.Failure(OcspResponseStatus.TryLater);

    private readonly SemaphoreSlim signing = new(Math.Max(2, Environment.ProcessorCount));
    private readonly Dictionary<(string Hash, string NameHash, string KeyHash), PublishedIssuer> issuers = ByHashes(source.Issuers);
    private int waiting;

    /// <summary>Answers at once, if the answer is there.</summary>
    public bool TryAnswer(ReadOnlySpan<byte> request, out OcspReply reply)
    {
        var found = cache.TryGet(request, time.GetUtcNow(), out var answer);
        reply = found ? new(answer!.Der, answer) : default;
        return found;
    }

    /// <summary>Answers.</summary>
    public async ValueTask<OcspReply> AnswerAsync(byte[] request, CancellationToken ct)
    {
        if (TryAnswer(request, out var ready))
        {
            return ready;
        }

        OcspRequest parsed;
        try
        {
            parsed = OcspRequest.Read(request);
        }
        catch (MalformedException)
        {
            return new(Malformed, null);
        }

        var about = parsed.Ids.Select(id => (Issuer: Find(id)!, Id: id)).ToList();
        if (about.Exists(a => a.Issuer is null) || about.DistinctBy(a => a.Issuer).Count() > 1)
        {
            return new(Unauthorized, null); // RFC 6960 section 2.3: not ours to say; one answer is signed for one issuer
        }

        if (Interlocked.Increment(ref waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref waiting);
            return new(TryLater, null);
        }

        await signing.WaitAsync(ct);
        try
        {
            return parsed.Nonce is null && about is [var (issuer, id)]
                ? await SignedAsync(request, issuer, id, ct)
                : await LiveAsync(about, parsed.Nonce, ct);
        }
        finally
        {
            signing.Release();
            Interlocked.Decrement(ref waiting);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => signing.Dispose();

    private static Dictionary<(string, string, string), PublishedIssuer> ByHashes(IReadOnlyList<PublishedIssuer> issuers)
    {
        var found = new Dictionary<(string, string, string), PublishedIssuer>();
        foreach (var issuer in issuers.Where(i => i.HasStatus))
        {
            foreach (var hash in new[] { Oids.Sha1, Oids.Sha256, Oids.Sha384, Oids.Sha512, Oids.Sm3 })
            {
                var (name, key) = OcspCertId.Hashes(issuer.Certificate, hash)!.Value;
                found[(hash, Convert.ToHexString(name), Convert.ToHexString(key))] = issuer;
            }
        }

        return found;
    }

    private PublishedIssuer? Find(OcspCertId id) =>
        issuers.GetValueOrDefault((id.HashOid, Convert.ToHexString(id.IssuerNameHash), Convert.ToHexString(id.IssuerKeyHash)));

    private async Task<OcspReply> SignedAsync(byte[] request, PublishedIssuer issuer, OcspCertId id, CancellationToken ct)
    {
        if (TryAnswer(request, out var ready))
        {
            return ready; // somebody signed it while this request waited
        }

        var cell = cache.CellOf(issuer.Name, id.SerialHex);
        if (await source.StatusAsync(issuer, id, ct) is not { } status)
        {
            return new(TryLater, null);
        }

        if (status.Status == OcspCertStatus.Unknown)
        {
            cache.Spoil(new(issuer.Name, id.SerialHex)); // made-up serial numbers must not fill the memory
            return new(status.Der, null);
        }

        var answer = new OcspCache.Answer(
            status.Der,
            cell,
            status.ProducedAt + ((status.NextUpdate - status.ProducedAt) / 2),
            $"\"{Convert.ToHexStringLower(SHA256.HashData(status.Der).AsSpan(0, 16))}\"",
            status.ProducedAt.ToString("R", CultureInfo.InvariantCulture),
            status.NextUpdate.ToString("R", CultureInfo.InvariantCulture));
        cache.Add(request, answer);
        return new(status.Der, answer);
    }

    private async Task<OcspReply> LiveAsync(
        List<(PublishedIssuer Issuer, OcspCertId Id)> about, byte[]? nonce, CancellationToken ct)
    {
        if (await source.SignLiveAsync(about, nonce, ct) is { } der)
        {
            return new(der, null);
        }

        // No key here: the nonce is ignored, which RFC 9654 section 2.1 allows, and several certificates cannot be answered at once.
        return about is [var (issuer, id)]
            ? await SignedAsync(new OcspRequest([id], null).Encode(), issuer, id, ct)
            : new(Unauthorized, null);
    }
}
