using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Testing.Pki;

namespace Rekey.Tests.Pki.Cmp;

/// <summary>A pair: one kur for both halves, one kup, one certConf.</summary>
public sealed class PairExchangeTests
{
    private static readonly TestPki Pki = new();
    private static readonly byte[] Envelope = [0x30, 0x03, 0x02, 0x01, 0x05];
    private readonly TestPki.Entity old = Pki.Issue("CN=Li Na", Pki.Issuing, AlgorithmSuite.P256);
    private readonly TestPki.Entity oldEncryption = Pki.Issue("CN=Li Na", Pki.Issuing, AlgorithmSuite.Sm2);
    private readonly SoftwareSigningKey newKey = SoftwareSigningKey.Generate(AlgorithmSuite.Sm2);
    private readonly SoftwareSigningKey transport = SoftwareSigningKey.Generate(AlgorithmSuite.Rsa2048);
    private readonly TestPki.Entity signing;
    private readonly TestPki.Entity encryption = Pki.Issue("CN=Li Na", Pki.Issuing, AlgorithmSuite.Sm2);

    public PairExchangeTests() => signing = Pki.Certify(newKey, "CN=Li Na", Pki.Issuing);

    [Theory]
    [InlineData("SM2")]
    [InlineData("P-256")]
    [InlineData("RSA-2048")]
    public void A_request_for_a_pair_asks_for_a_key_of_the_kind_wanted_and_names_the_transport_key(string wanted)
    {
        Assert.True(AlgorithmSuite.TryParse(wanted, out var suite));
        var kur = CmpMessage.Parse(Exchange(suite).CertificateRequest());

        var proven = CmpRequests.Proven(kur);
        Assert.Equal(newKey.PublicKey.Spki, proven.Key.Spki);
        Assert.False(proven.Requested.AsksForKey);
        var second = proven.Encryption!;
        Assert.True(second.AsksForKey);
        Assert.Null(second.Spki);
        Assert.Equal(transport.PublicKey.Spki.ToArray(), second.TransportSpki);
        Assert.Equal(Certificate.FromDer(oldEncryption.Der).SerialHex, second.OldCertificate!.Serial);
        Assert.NotEqual(proven.Requested.CertReqId, second.CertReqId);
        Assert.Equal(3, kur.Version);
        var curve = suite.CurveOid ?? "1.2.840.113549.1.1.1";
        Assert.Contains(System.Text.Encoding.Latin1.GetString(Oid(curve)), System.Text.Encoding.Latin1.GetString(second.WantedAlgorithm!), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(KeyEnvelopeForm.Sm2EnvelopedKey)]
    [InlineData(KeyEnvelopeForm.EnvelopedData)]
    [InlineData(KeyEnvelopeForm.RsaEncryptedValue)]
    public void Both_certificates_and_the_enveloped_key_arrive_and_are_confirmed_in_one_message(KeyEnvelopeForm form)
    {
        var exchange = Exchange(AlgorithmSuite.Sm2);
        var kur = CmpMessage.Parse(exchange.CertificateRequest());
        var envelope = form == KeyEnvelopeForm.RsaEncryptedValue ? new RsaEncryptedValue([1, 2, 3], new byte[16]).ToDer() : Envelope;

        Assert.Equal(signing.Der, exchange.ReadCertificateResponse(Answer(kur, new(0, signing.Der), new(1, encryption.Der, new(form, envelope)))).ToArray());

        Assert.Equal(encryption.Der, exchange.IssuedEncryption!.Der);
        Assert.Equal(form, exchange.IssuedEncryption.Key!.Form);
        Assert.Equal(envelope, exchange.IssuedEncryption.Key.Der);
        var certConf = CmpMessage.Parse(exchange.CertificateConfirmation());
        var statuses = CmpRequests.Confirmations(certConf);
        Assert.Equal([0, 1], statuses.Select(s => s.CertReqId));
        Assert.All(statuses, s => Assert.True(s.Accepted));
        Assert.Equal(System.Security.Cryptography.SHA256.HashData(encryption.Der), statuses[1].CertHash);
        exchange.ReadConfirmation(CmpResponses.Confirmation(CmpHeader.Answering(certConf, Pki.Now), Pki.Cmp));
    }

    /// <summary>CSRResponse (GM/T 0092-2020 clause 8): the form in which national token tools take a pair.</summary>
    [Fact]
    public void What_a_kup_brings_becomes_a_response_for_token_tools()
    {
        var exchange = Exchange(AlgorithmSuite.Sm2);
        var kur = CmpMessage.Parse(exchange.CertificateRequest());
        using var encryptionKey = Sm2PrivateKey.FromPkcs8(encryption.Key.ExportPkcs8());
        var envelope = Sm2EnvelopedKey.Create(newKey.PublicKey.Sm2!, encryptionKey).ToDer();
        var issued = exchange.ReadCertificateResponse(Answer(kur, new(0, signing.Der), new(1, encryption.Der, new(KeyEnvelopeForm.Sm2EnvelopedKey, envelope))));

        var response = CsrResponse.FromDer(CsrResponse.Of(new(0, issued.ToArray()), exchange.IssuedEncryption).ToDer());

        Assert.Equal(signing.Der, Assert.Single(response.Signing).Encoded.ToArray());
        Assert.Equal(encryption.Der, Assert.Single(response.Encryption).Encoded.ToArray());
        Assert.Equal(envelope, response.EncryptedKey!.ToDer());
    }

    [Fact]
    public void An_answer_with_only_half_of_the_pair_is_not_accepted()
    {
        var exchange = Exchange(AlgorithmSuite.Sm2);
        var kur = CmpMessage.Parse(exchange.CertificateRequest());
        Assert.Equal(CmpFailure.BadDataFormat, Refused(() => exchange.ReadCertificateResponse(Answer(kur, new IssuedCertificate(0, signing.Der)))));
    }

    [Fact]
    public void A_repeated_answer_for_a_confirmed_pair_brings_no_key()
    {
        var exchange = Exchange(AlgorithmSuite.Sm2);
        var kur = CmpMessage.Parse(exchange.CertificateRequest());
        exchange.ReadCertificateResponse(Answer(kur, new(0, signing.Der), new(1, encryption.Der)));
        Assert.Equal(encryption.Der, exchange.IssuedEncryption!.Der);
        Assert.Null(exchange.IssuedEncryption.Key);
    }

    [Fact]
    public void An_encryption_key_of_another_kind_is_not_accepted()
    {
        var exchange = Exchange(AlgorithmSuite.Rsa2048);
        var kur = CmpMessage.Parse(exchange.CertificateRequest());
        var answer = Answer(kur, new(0, signing.Der), new(1, encryption.Der, new(KeyEnvelopeForm.EnvelopedData, Envelope)));
        Assert.Equal(CmpFailure.BadDataFormat, Refused(() => exchange.ReadCertificateResponse(answer)));
    }

    [Fact]
    public void A_request_for_a_key_without_a_transport_key_is_refused()
    {
        // The control's last arc changed from protocolEncrKey (6) to something else.
        var octets = Exchange(AlgorithmSuite.Sm2).CertificateRequest();
        var at = octets.AsSpan().IndexOf(Oid("1.3.6.1.5.5.7.5.1.6"));
        octets[at + 9] = 9;
        Assert.Equal(CmpFailure.BadCertTemplate, Refused(() => CmpRequests.Proven(CmpMessage.Parse(octets))));
    }

    private static byte[] Oid(string oid)
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        writer.WriteObjectIdentifier(oid);
        return writer.Encode();
    }

    private static byte[] Answer(CmpMessage kur, params IReadOnlyList<IssuedCertificate> issued) =>
        CmpResponses.Issued(kur, issued, [Pki.Issuing.Der], CmpHeader.Answering(kur, Pki.Now), Pki.Cmp);

    private static CmpFailure Refused(Action action) => Assert.Throws<CmpInvalidException>(action).Failure;

    private RenewalExchange Exchange(AlgorithmSuite wanted) => new(
        Pki.Trust, old.Der, old.Key, newKey, Certificate.FromDer(old.Der).Subject.Encoded, new byte[16], TimeProvider.System)
    {
        Encryption = new(wanted, transport.PublicKey, oldEncryption.Der),
    };
}
