using System.Net.Http.Headers;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Testing.Pki;

namespace Rekey.Testing.Institutions;

/// <summary>A holder who renews once, as a CMP client without a page. Key and request are made in advance.</summary>
public sealed class SoftwareRenewal
{
    private static readonly MediaTypeHeaderValue Type = new("application/pkixcmp");

    private readonly SoftwareSigningKey key;
    private readonly RenewalExchange exchange;
    private readonly byte[] request;

    public SoftwareRenewal(CmpTrust trust, TestPki.Entity old, AlgorithmSuite? suite = null)
    {
        var certificate = Certificate.FromDer(old.Der);
        key = SoftwareSigningKey.Generate(suite ?? AlgorithmSuite.P256);
        exchange = new(trust, old.Der, old.Key, key, certificate.Subject.Encoded, RandomNumberGenerator.GetBytes(16), TimeProvider.System);
        request = exchange.KeyUpdateRequest();
    }

    /// <summary>kur, kup, certConf, pkiConf; the answers are verified as an agent does.</summary>
    public async Task<TestPki.Entity> RunAsync(HttpClient http, Uri address, CancellationToken cancel)
    {
        var certificate = exchange.ReadKeyUpdateResponse(await SendAsync(http, address, request, cancel));
        exchange.ReadConfirmation(await SendAsync(http, address, exchange.CertificateConfirmation(), cancel));
        return new(key, certificate.ToArray());
    }

    private static async Task<byte[]> SendAsync(HttpClient http, Uri address, byte[] message, CancellationToken cancel)
    {
        using var content = new ByteArrayContent(message);
        content.Headers.ContentType = Type;
        using var answer = await http.PostAsync(address, content, cancel);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsByteArrayAsync(cancel);
    }
}
