using System.Collections.Concurrent;
using System.Net;
using Rekey.Pki.Certificates;
using Rekey.Testing.Pki;

namespace Rekey.Testing.Login;

/// <summary>An OCSP responder of a test CA: good unless told otherwise. As a message handler it is the whole network of an HTTP client.</summary>
public sealed class OcspDouble(TestPki.Entity issuer, TimeProvider time) : HttpMessageHandler
{
    private readonly ConcurrentDictionary<string, (OcspCertStatus Status, DateTimeOffset? At)> statuses = new();

    /// <summary>Requests so far.</summary>
    public int Asked { get; private set; }

    /// <summary>Whether nobody answers.</summary>
    public bool IsDown { get; set; }

    /// <summary>Replaces what is answered.</summary>
    public Func<byte[], byte[]>? Instead { get; set; }

    /// <summary>Who signs; null: the CA itself.</summary>
    public TestPki.Entity? Signer { get; set; }

    /// <summary>How far the answer's time is behind.</summary>
    public TimeSpan Late { get; set; }

    /// <summary>Whether the request's nonce is repeated; else another is.</summary>
    public bool RepeatsNonce { get; set; } = true;

    public void Set(byte[] certificate, OcspCertStatus status, DateTimeOffset? at = null) =>
        statuses[Certificate.FromDer(certificate).SerialHex] = (status, at);

    public byte[] Answer(byte[] der)
    {
        Asked++;
        if (Instead is not null)
        {
            return Instead(der);
        }

        var request = OcspRequest.Read(der);
        var now = time.GetUtcNow() - Late;
        var signer = Signer ?? issuer;
        var responses = request.Ids.Select(id =>
        {
            var (status, at) = statuses.GetValueOrDefault(id.SerialHex, (OcspCertStatus.Good, null));
            return new OcspSingleResponse(id, status, now, now.AddMinutes(1), at, status == OcspCertStatus.Revoked ? 1 : 0);
        });
        return OcspBuilder.Sign([.. responses], RepeatsNonce ? request.Nonce : [1, 2, 3], now, Certificate.FromDer(signer.Der), signer.Key);
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => IsDown
        ? throw new HttpRequestException("down")
        : new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(Answer(await request.Content!.ReadAsByteArrayAsync(cancellationToken))) };
}
