using System.Net.Http.Headers;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Testing.Pki;

namespace Rekey.Bench;

/// <summary>A holder who renews once, as a CMP client without a page. Key and request are made in advance.</summary>
internal sealed class Renewer
{
    private static readonly MediaTypeHeaderValue Type = new("application/pkixcmp");

    private readonly RenewalExchange exchange;
    private readonly byte[] request;

    public Renewer(CmpTrust trust, TestPki.Entity old)
    {
        var certificate = Certificate.FromDer(old.Der);
        exchange = new(
            trust, old.Der, old.Key, SoftwareSigningKey.Generate(AlgorithmSuite.P256), certificate.Subject.Encoded, RandomNumberGenerator.GetBytes(16), TimeProvider.System);
        request = exchange.KeyUpdateRequest();
    }

    /// <summary>kur, kup, certConf, pkiConf; the answers are verified as an agent does.</summary>
    public async Task RunAsync(HttpClient http, Uri address, CancellationToken cancel)
    {
        exchange.ReadKeyUpdateResponse(await SendAsync(http, address, request, cancel));
        exchange.ReadConfirmation(await SendAsync(http, address, exchange.CertificateConfirmation(), cancel));
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
