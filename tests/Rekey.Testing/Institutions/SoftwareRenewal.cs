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

    /// <param name="trust">The roots.</param>
    /// <param name="old">What is renewed.</param>
    /// <param name="suite">Kind of the new key; null for P-256.</param>
    /// <param name="oldEncryption">DER of the other half when a pair is renewed whose new encryption key the new signing key opens (SM2).</param>
    /// <param name="encryption">The other half of a pair of any other kind.</param>
    public SoftwareRenewal(CmpTrust trust, TestPki.Entity old, AlgorithmSuite? suite = null, byte[]? oldEncryption = null, EncryptionRequest? encryption = null)
    {
        var certificate = Certificate.FromDer(old.Der);
        key = SoftwareSigningKey.Generate(suite ?? AlgorithmSuite.P256);
        exchange = new(trust, old.Der, old.Key, key, certificate.Subject.Encoded, RandomNumberGenerator.GetBytes(16), TimeProvider.System)
        {
            Encryption = oldEncryption is null ? encryption : new(key.PublicKey.Suite, key.PublicKey, oldEncryption),
        };
        request = exchange.CertificateRequest();
    }

    /// <summary>The encryption half that came, with its key in an envelope; null for a certificate alone.</summary>
    public IssuedCertificate? EncryptionHalf => exchange.IssuedEncryption;

    /// <summary>kur, kup, certConf, pkiConf; the answers are verified as an agent does.</summary>
    public async Task<TestPki.Entity> RunAsync(HttpClient http, Uri address, CancellationToken cancel)
    {
        var renewed = await RequestAsync(http, address, cancel);
        exchange.ReadConfirmation(await SendAsync(http, address, exchange.CertificateConfirmation(), cancel));
        return renewed;
    }

    /// <summary>kur and kup alone: the certificate stays unconfirmed.</summary>
    public async Task<TestPki.Entity> RequestAsync(HttpClient http, Uri address, CancellationToken cancel) =>
        new(key, exchange.ReadCertificateResponse(await SendAsync(http, address, request, cancel)).ToArray());

    private static async Task<byte[]> SendAsync(HttpClient http, Uri address, byte[] message, CancellationToken cancel)
    {
        using var content = new ByteArrayContent(message);
        content.Headers.ContentType = Type;
        using var answer = await http.PostAsync(address, content, cancel);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsByteArrayAsync(cancel);
    }
}
