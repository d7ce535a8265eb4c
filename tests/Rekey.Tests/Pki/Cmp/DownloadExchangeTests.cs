using System.Text;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Testing.Pki;

namespace Rekey.Tests.Pki.Cmp;

/// <summary>A first certificate or pair under a secret of one meeting: ir, ip, certConf.</summary>
public sealed class DownloadExchangeTests
{
    private const string Reference = "20264471";

    private static readonly TestPki Pki = new();
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private readonly SoftwareSigningKey newKey = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
    private readonly SoftwareSigningKey transport = SoftwareSigningKey.Generate(AlgorithmSuite.Rsa2048);
    private readonly byte[] transaction = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];
    private readonly TestPki.Entity signing;

    public DownloadExchangeTests() => signing = Pki.Certify(newKey, "CN=Li Na", Pki.Issuing);

    [Fact]
    public void A_whole_exchange_is_protected_by_the_secret_and_answered_under_the_CAs_signature()
    {
        var exchange = Exchange();
        var ir = CmpMessage.Parse(exchange.CertificateRequest());
        Assert.Equal(CmpBodyType.InitializationRequest, ir.Type);
        Assert.Equal(2, ir.Version);
        Assert.True(ir.HasMacOf(Secret));
        Assert.False(ir.HasMacOf([1]));
        Assert.Equal(Reference, Encoding.UTF8.GetString(ir.SenderKeyId!));
        var proven = CmpRequests.Proven(ir);
        Assert.Equal(newKey.PublicKey.Spki, proven.Key.Spki);
        Assert.Null(proven.Requested.OldCertificate);
        Assert.Null(proven.Requested.TransportSpki);

        Assert.Equal(signing.Der, exchange.ReadCertificateResponse(Answer(ir, new IssuedCertificate(0, signing.Der))).ToArray());

        var certConf = CmpMessage.Parse(exchange.CertificateConfirmation());
        Assert.True(certConf.HasMacOf(Secret));
        Assert.True(Assert.Single(CmpRequests.Confirmations(certConf)).Accepted);
        exchange.ReadConfirmation(CmpResponses.Confirmation(CmpHeader.Answering(certConf, Pki.Now), Pki.Cmp));
    }

    [Fact]
    public void An_answer_under_the_shared_secret_is_not_accepted()
    {
        // The RA knows the secret, and so could make any certificate look like the CA's answer.
        var exchange = Exchange();
        var ir = CmpMessage.Parse(exchange.CertificateRequest());
        var answer = CmpMessage.Parse(Answer(ir, new IssuedCertificate(0, signing.Der)));
        var again = CmpBuilder.ProtectAgainByMac(answer, ir, Secret, Pki.Now);
        Assert.True(CmpMessage.Parse(again).HasMacOf(Secret));
        Assert.Equal(CmpFailure.BadMessageCheck, Refused(() => exchange.ReadCertificateResponse(again)));
    }

    [Fact]
    public void A_pair_is_asked_for_with_the_transport_key_under_the_new_keys_signature()
    {
        var ir = CmpMessage.Parse(Pair().CertificateRequest());
        Assert.Equal(3, ir.Version);
        var proven = CmpRequests.Proven(ir);
        Assert.Equal(transport.PublicKey.Spki.ToArray(), proven.Requested.TransportSpki);
        Assert.Equal(transport.PublicKey.Spki.ToArray(), proven.Encryption!.TransportSpki);
        Assert.Null(proven.Encryption.OldCertificate);
    }

    [Fact]
    public void A_transport_key_that_the_new_key_did_not_sign_is_refused()
    {
        using var other = SoftwareSigningKey.Generate(AlgorithmSuite.Rsa2048);
        var octets = Pair().CertificateRequest();
        var at = octets.AsSpan().LastIndexOf(transport.PublicKey.Spki.Span); // that of the request for the encryption key, which nobody signs
        other.PublicKey.Spki.Span.CopyTo(octets.AsSpan(at));
        Assert.Equal(CmpFailure.BadPop, Refused(() => CmpRequests.Proven(CmpMessage.Parse(octets))));
    }

    [Fact]
    public void Of_a_pair_both_are_confirmed_in_one_message()
    {
        var exchange = Pair();
        var ir = CmpMessage.Parse(exchange.CertificateRequest());
        var encryption = Pki.Issue("CN=Li Na", Pki.Issuing, AlgorithmSuite.Rsa2048);
        exchange.ReadCertificateResponse(Answer(ir, new(0, signing.Der), new(1, encryption.Der, new(KeyEnvelopeForm.EnvelopedData, [0x30, 0x03, 0x02, 0x01, 0x05]))));
        Assert.Equal(encryption.Der, exchange.IssuedEncryption!.Der);
        Assert.Equal([0, 1], CmpRequests.Confirmations(CmpMessage.Parse(exchange.CertificateConfirmation())).Select(s => s.CertReqId));
    }

    private DownloadExchange Exchange() => new(
        Pki.Trust, Reference, Secret, newKey, Certificate.FromDer(signing.Der).Subject.Encoded, transaction, TimeProvider.System);

    private DownloadExchange Pair() => new(
        Pki.Trust, Reference, Secret, newKey, Certificate.FromDer(signing.Der).Subject.Encoded, transaction, TimeProvider.System)
    {
        Encryption = new(AlgorithmSuite.Rsa2048, transport.PublicKey, default),
    };

    private static byte[] Answer(CmpMessage request, params IReadOnlyList<IssuedCertificate> issued) =>
        CmpResponses.Issued(request, issued, [Pki.Issuing.Der], CmpHeader.Answering(request, Pki.Now), Pki.Cmp);

    private static CmpFailure Refused(Action action) => Assert.Throws<CmpInvalidException>(action).Failure;
}
