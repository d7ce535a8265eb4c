using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Publish;

/// <summary>A file with its HTTP headers, made once.</summary>
internal sealed record PublishedFile(byte[] Content, string ETag, string LastModified);

/// <summary>CRLs and CA certificates, kept in memory and looked after twice a second.</summary>
internal sealed class CrlFiles(IPublicationSource source)
{
    private readonly ConcurrentDictionary<string, PublishedFile> crls = new();
    private readonly Dictionary<string, long> stamps = []; // only the refreshing loop touches it
    private readonly Dictionary<string, PublishedFile> certificates = source.Issuers.ToDictionary(
        i => i.Name, i => Make(i.Certificate.Encoded.ToArray(), i.Certificate.NotBefore));

    public PublishedFile? Crl(string issuer) => crls.GetValueOrDefault(issuer);

    public PublishedFile? Certificate(string issuer) => certificates.GetValueOrDefault(issuer);

    /// <summary>Takes over newer CRLs.</summary>
    public async Task RefreshAsync(CancellationToken ct)
    {
        foreach (var issuer in source.Issuers)
        {
            if (await source.NewerCrlAsync(issuer, stamps.TryGetValue(issuer.Name, out var known) ? known : null, ct) is { } newer)
            {
                crls[issuer.Name] = Make(newer.Der, CertificateRevocationList.Read(newer.Der).ThisUpdate);
                stamps[issuer.Name] = newer.Stamp;
            }
        }
    }

    private static PublishedFile Make(byte[] content, DateTimeOffset modified) => new(
        content,
        $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16))}\"",
        modified.ToString("R", CultureInfo.InvariantCulture));
}
