using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Testing.Pki;

namespace Rekey.Tests.Pki.Cmp;

public sealed class RenewalExchangeTests
{
    private static readonly TestPki Pki = new();
    private readonly TestPki.Entity old = Pki.Issue("CN=Li Na", Pki.Issuing, AlgorithmSuite.P256);
    private readonly SoftwareSigningKey newKey = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
    private readonly byte[] transaction = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];

    [Theory]
    [InlineData("P-256")]
    [InlineData("P-384")]
    [InlineData("RSA-2048")]
    public void A_whole_exchange_ends_with_a_confirmed_certificate(string suiteName)
    {
        Assert.True(AlgorithmSuite.TryParse(suiteName, out var suite));
        using var key = SoftwareSigningKey.Generate(suite);
        var exchange = Exchange(key);

        var kur = CmpMessage.Parse(exchange.CertificateRequest());
        Assert.Equal(CmpBodyType.KeyUpdateRequest, kur.Type);
        Assert.True(kur.IsSignedBy(old.Key.PublicKey));
        var request = Assert.Single(CmpRequests.Certificates(kur));
        Assert.True(request.ProvesPossessionOf(key.PublicKey));
        Assert.False(request.ProvesPossessionOf(old.Key.PublicKey));
        var oldCertificate = Certificate.FromDer(old.Der);
        Assert.Equal(oldCertificate.SerialHex, request.OldCertificate!.Serial);
        Assert.Equal(oldCertificate.Issuer.Encoded, request.OldCertificate.Issuer);

        var issued = Pki.Certify(key, "CN=Li Na", Pki.Issuing);
        Assert.Equal(issued.Der, exchange.ReadCertificateResponse(Answer(kur, issued.Der)).ToArray());

        var certConf = CmpMessage.Parse(exchange.CertificateConfirmation());
        Assert.True(certConf.IsSignedBy(old.Key.PublicKey));
        var status = Assert.Single(CmpRequests.Confirmations(certConf));
        Assert.True(status.Accepted);
        Assert.Equal(System.Security.Cryptography.SHA256.HashData(issued.Der), status.CertHash);
        exchange.ReadConfirmation(CmpResponses.Confirmation(CmpHeader.Answering(certConf, Pki.Now), Pki.Cmp));
    }

    [Fact]
    public void A_certificate_for_another_key_is_not_accepted()
    {
        var exchange = Exchange(newKey);
        var kur = CmpMessage.Parse(exchange.CertificateRequest());
        var other = Pki.Issue("CN=Li Na", Pki.Issuing, AlgorithmSuite.P256);
        Assert.Equal(CmpFailure.BadPop, Refused(() => exchange.ReadCertificateResponse(Answer(kur, other.Der))));
    }

    [Fact]
    public void An_answer_signed_by_a_foreign_CA_is_not_accepted()
    {
        var foreign = new TestPki();
        var exchange = Exchange(newKey);
        var kur = CmpMessage.Parse(exchange.CertificateRequest());
        var answer = CmpResponses.Issued(
            kur, [new(0, Pki.Certify(newKey, "CN=Li Na", Pki.Issuing).Der)], [Pki.Issuing.Der], CmpHeader.Answering(kur, Pki.Now), foreign.Cmp);
        Assert.Equal(CmpFailure.SignerNotTrusted, Refused(() => exchange.ReadCertificateResponse(answer)));
    }

    [Fact]
    public void An_answer_signed_by_the_RA_instead_of_the_CA_is_not_accepted()
    {
        var exchange = Exchange(newKey);
        var kur = CmpMessage.Parse(exchange.CertificateRequest());
        var ra = CmpSigner.Of(Pki.RaSigner.Key, Pki.RaSigner.Der, Pki.Issuing.Der);
        var answer = CmpResponses.Issued(
            kur, [new(0, Pki.Certify(newKey, "CN=Li Na", Pki.Issuing).Der)], [Pki.Issuing.Der], CmpHeader.Answering(kur, Pki.Now), ra);
        Assert.Equal(CmpFailure.SignerNotTrusted, Refused(() => exchange.ReadCertificateResponse(answer)));
    }

    [Fact]
    public void An_answer_to_another_request_is_not_accepted()
    {
        var exchange = Exchange(newKey);
        var kur = CmpMessage.Parse(exchange.CertificateRequest());
        var answer = Answer(kur, Pki.Certify(newKey, "CN=Li Na", Pki.Issuing).Der);
        _ = exchange.CertificateRequest(); // a second request: the first one's answer is void
        Assert.Equal(CmpFailure.BadRecipientNonce, Refused(() => exchange.ReadCertificateResponse(answer)));
    }

    [Fact]
    public void A_flipped_bit_anywhere_in_the_answer_is_noticed()
    {
        var exchange = Exchange(newKey);
        var kur = CmpMessage.Parse(exchange.CertificateRequest());
        var answer = Answer(kur, Pki.Certify(newKey, "CN=Li Na", Pki.Issuing).Der);
        var extraCertificates = CmpMessage.Parse(answer).ExtraCertificates.Sum(c => c.Length);
        for (var i = 0; i < answer.Length - extraCertificates - 16; i++)
        {
            var broken = (byte[])answer.Clone();
            broken[i] ^= 0x01;
            Assert.Throws<CmpInvalidException>(() => exchange.ReadCertificateResponse(broken));
        }
    }

    [Fact]
    public void A_refusal_carries_its_failure_and_its_text()
    {
        var exchange = Exchange(newKey);
        var kur = CmpMessage.Parse(exchange.CertificateRequest());
        var answer = CmpResponses.Error(CmpFailure.TransactionIdInUse, "RK-3005 …", CmpHeader.Answering(kur, Pki.Now), Pki.Cmp);
        var refusal = Assert.Throws<CmpRefusedException>(() => { exchange.ReadCertificateResponse(answer); });
        Assert.Equal(CmpFailure.TransactionIdInUse, refusal.Failure);
        Assert.Equal("RK-3005 …", refusal.Message);
    }

    [Fact]
    public void A_nested_message_keeps_the_holders_octets_and_carries_the_statement()
    {
        var kur = CmpMessage.Parse(Exchange(newKey).CertificateRequest());
        var subject = Certificate.FromDer(old.Der).Subject.Encoded.ToArray();
        var decided = new DateTimeOffset(2026, 11, 24, 8, 0, 0, TimeSpan.Zero);
        var statement = new RaStatement(transaction, "YZ-0001", "holder", subject, decided, false);
        var ra = CmpSigner.Of(Pki.RaSigner.Key, Pki.RaSigner.Der);

        var nested = CmpMessage.Parse(CmpNesting.Wrap(kur, statement, subject, ra, Pki.Now));

        Assert.True(nested.IsSignedBy(Pki.RaSigner.Key.PublicKey));
        var inner = Assert.Single(CmpRequests.Nested(nested));
        Assert.Equal(kur.Encoded, inner.Encoded);
        Assert.True(inner.IsSignedBy(old.Key.PublicKey));
        var read = CmpNesting.Statement(nested)!;
        Assert.Equal(statement with { RenewalId = read.RenewalId, Subject = read.Subject }, read);
        Assert.Equal(transaction, read.RenewalId);
        Assert.Equal(subject, read.Subject);
    }

    private RenewalExchange Exchange(SoftwareSigningKey key) => new(
        Pki.Trust, old.Der, old.Key, key, Certificate.FromDer(old.Der).Subject.Encoded, transaction, TimeProvider.System);

    private static byte[] Answer(CmpMessage kur, byte[] certificate) =>
        CmpResponses.Issued(kur, [new(0, certificate)], [Pki.Issuing.Der], CmpHeader.Answering(kur, Pki.Now), Pki.Cmp);

    private static CmpFailure Refused(Action action) => Assert.Throws<CmpInvalidException>(action).Failure;
}
