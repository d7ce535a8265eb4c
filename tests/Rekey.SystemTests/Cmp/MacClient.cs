using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Org.BouncyCastle.Asn1.Cmp;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;

namespace Rekey.SystemTests.Cmp;

/// <summary>
/// A CMP client under a shared secret that sends single messages, so that a test can stop, repeat and falsify each. It reads answers with
/// BouncyCastle, which knows nothing of the product's writers.
/// </summary>
internal sealed class MacClient(string reference, string secret) : IDisposable
{
    private readonly HttpClient http = new();
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The transaction that messages belong to.</summary>
    public byte[] Transaction { get; set; } = RandomNumberGenerator.GetBytes(16);

    public void Dispose()
    {
        http.Dispose();
        key.Dispose();
    }

    /// <summary>The p10cr for its key; another one each time.</summary>
    /// <param name="subject">The wanted subject.</param>
    /// <param name="spoil">Whether the proof of possession is of another key.</param>
    public byte[] Request(string subject = "CN=x", bool spoil = false)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSigningRequest();
        if (spoil)
        {
            request[^1] ^= 1; // in s of the signature
        }

        return Message(CmpBodyType.Pkcs10Request, w => w.WriteEncodedValue(request));
    }

    /// <summary>A pollReq for some requests.</summary>
    public byte[] Poll(params int[] certReqIds) => Message(CmpBodyType.PollRequest, w =>
    {
        using (w.PushSequence())
        {
            foreach (var id in certReqIds)
            {
                using (w.PushSequence())
                {
                    w.WriteInteger(id);
                }
            }
        }
    });

    /// <summary>The certConf that accepts the certificate of an answer.</summary>
    public byte[] Confirm(CmpMessage answer) => Message(
        CmpBodyType.CertificateConfirmation,
        w =>
        {
            using (w.PushSequence())
            using (w.PushSequence())
            {
                w.WriteOctetString(SHA256.HashData(Issued(answer)));
                w.WriteInteger(-1);
            }
        },
        answer.SenderNonce);

    /// <summary>Sends a message; the answer to it is under the same secret, unless it is an error, which is signed.</summary>
    public async Task<CmpMessage> SendAsync(Uri portal, byte[] message)
    {
        using var content = new ByteArrayContent(message);
        content.Headers.ContentType = new("application/pkixcmp");
        using var response = await http.PostAsync(new Uri(portal, "/.well-known/cmp"), content, TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, response.StatusCode.ToString());
        var answer = CmpMessage.Parse(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.True(answer.HasMacOf(Encoding.UTF8.GetBytes(secret)) || (answer.Type == CmpBodyType.Error && !answer.IsMacProtected));
        var sent = CmpMessage.Parse(message);
        Assert.Equal(sent.SenderNonce, answer.RecipientNonce);
        Assert.Equal(sent.TransactionId, answer.TransactionId);
        return answer;
    }

    /// <summary>The one status of an ip or cp.</summary>
    public static PkiStatusInfo Status(CmpMessage answer) => Response(answer).Status;

    /// <summary>The certificate of an ip or cp, DER.</summary>
    public static byte[] Issued(CmpMessage answer) =>
        Response(answer).CertifiedKeyPair?.CertOrEncCert.Certificate.X509v3PKCert.GetDerEncoded() ?? throw new InvalidOperationException(answer.ToString());

    /// <summary>Failure bit and text of an error message.</summary>
    public static (int Bit, string Text) Error(CmpMessage answer)
    {
        Assert.Equal(CmpBodyType.Error, answer.Type);
        return Failure(ErrorMsgContent.GetInstance(answer.Body.Content).PkiStatusInfo);
    }

    /// <summary>Failure bit and text of a status.</summary>
    public static (int Bit, string Text) Failure(PkiStatusInfo status)
    {
        var bits = status.FailInfo.GetBytes();
        return (Enumerable.Range(0, bits.Length * 8).Single(i => (bits[i / 8] & (0x80 >> (i % 8))) != 0), status.StatusString[0].GetString());
    }

    private static CertResponse Response(CmpMessage answer)
    {
        Assert.True(
            answer.Type == CmpBodyType.CertificationResponse,
            answer.Type == CmpBodyType.Error ? $"an error came instead: {Error(answer)}" : $"{answer.Type} came instead");
        var response = Assert.Single(CertRepMessage.GetInstance(answer.Body.Content).GetResponse());
        Assert.Equal(-1, response.CertReqID.IntValueExact);
        return response;
    }

    private byte[] Message(CmpBodyType type, Action<AsnWriter> content, byte[]? recipientNonce = null)
    {
        var name = DistinguishedName.Build(new NameAttribute(Oids.CommonName, "client")).Encoded.ToArray();
        return CmpBuilder.Build(
            new CmpHeader(2, name, Transaction, recipientNonce, DateTimeOffset.UtcNow), CmpBuilder.Body(type, content), name,
            Encoding.UTF8.GetBytes(reference), CmpMac.NewPbmac1(1000), Encoding.UTF8.GetBytes(secret));
    }
}
