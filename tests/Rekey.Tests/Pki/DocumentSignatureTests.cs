using Microsoft.Extensions.Time.Testing;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Documents;
using Rekey.Testing;

namespace Rekey.Tests.Pki;

/// <summary>One person's signature under a document, with every kind of key that a token has.</summary>
public sealed class DocumentSignatureTests : IDisposable
{
    private static readonly FakeTimeProvider Clock = new(new DateTimeOffset(2026, 11, 5, 2, 0, 0, TimeSpan.Zero));
    private static readonly byte[] Document = [.. "下载授权"u8];

    private readonly TestCa ca = new(Clock);
    private readonly TestCa sm2Ca = new(Clock, AlgorithmSuite.Sm2);

    public static TheoryData<string> Kinds => ["RSA-2048", "P-256", "P-384", "SM2"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_was_signed_names_its_signer_and_its_time(string kind)
    {
        var (signature, certificate) = Sign(kind);
        var signer = DocumentSignature.Verify(signature, Document);
        Assert.Equal(certificate, signer.Certificate);
        Assert.Equal(Clock.GetUtcNow(), signer.ClaimedTime);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Another_document_and_a_piece_of_a_signature_are_refused(string kind)
    {
        var (signature, _) = Sign(kind);
        Refused(() => DocumentSignature.Verify(signature, [.. Document, 0]));
        Refused(() => DocumentSignature.Verify(new byte[DocumentSignature.MaxLength + 1], Document));
        for (var length = 0; length < signature.Length; length += 7)
        {
            Refused(() => DocumentSignature.Verify(signature.AsMemory(..length), Document));
        }
    }

    [Fact]
    public void No_changed_octet_of_a_signature_crashes_the_verifier_or_names_another_key()
    {
        foreach (var kind in (string[])["P-256", "SM2"])
        {
            var (signature, certificate) = Sign(kind);
            for (var i = 0; i < signature.Length; i++)
            {
                var broken = (byte[])signature.Clone();
                broken[i] ^= 0x41;
                try
                {
                    var named = DocumentSignature.Verify(broken, Document).Certificate;
                    Assert.Equal(certificate.Spki.ToArray(), named.Spki.ToArray());
                    Assert.True(kind == "SM2" || certificate.Equals(named), "the certificate is not bound"); // GM/T 0010 has no attribute for that: whoever asks looks the certificate up
                }
                catch (DocumentSignatureException)
                {
                    // refused
                }
            }
        }
    }

    [Fact]
    public void An_encryption_certificate_signs_no_document()
    {
        using var key = SoftwareSigningKey.Generate(AlgorithmSuite.Sm2);
        var certificate = sm2Ca.IssuePerson(key.PublicKey, profile: "person-encryption");
        var signature = DocumentSignature.Create(Document, certificate, key, Clock.GetUtcNow());
        Refused(() => DocumentSignature.Verify(signature, Document));
    }

    [Fact]
    public void Another_key_than_the_certificate_s_does_not_sign()
    {
        using var key = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        using var other = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        Assert.Throws<UnsupportedKeyException>(() => DocumentSignature.Create(Document, ca.IssuePerson(key.PublicKey), other, Clock.GetUtcNow()));
    }

    public void Dispose()
    {
        ca.Dispose();
        sm2Ca.Dispose();
    }

    private (byte[] Signature, Certificate Certificate) Sign(string kind)
    {
        Assert.True(AlgorithmSuite.TryParse(kind, out var suite));
        var from = kind == "SM2" ? sm2Ca : ca;
        using var key = SoftwareSigningKey.Generate(suite);
        var certificate = from.IssuePerson(key.PublicKey);
        return (DocumentSignature.Create(Document, certificate, key, Clock.GetUtcNow()), certificate);
    }

    private static void Refused(Action act) => Assert.Throws<DocumentSignatureException>(act);
}
