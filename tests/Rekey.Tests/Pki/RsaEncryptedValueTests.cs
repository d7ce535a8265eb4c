using System.Formats.Asn1;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;

namespace Rekey.Tests.Pki;

public sealed class RsaEncryptedValueTests
{
    private static readonly RSA Signing = RSA.Create(2048);
    private static readonly SoftwareSigningKey Carried = SoftwareSigningKey.Generate(AlgorithmSuite.Rsa2048);

    private static PublicKey Recipient => PublicKey.FromSpki(Signing.ExportSubjectPublicKeyInfo());

    [Fact]
    public void What_is_enclosed_for_a_signing_key_comes_out_with_it_alone()
    {
        var value = RsaEncryptedValue.FromDer(RsaEncryptedValue.Create(Recipient, Carried.ExportPkcs8()).ToDer());

        using var opened = SoftwareSigningKey.FromPkcs8(value.Open(Signing));
        Assert.Equal(Carried.PublicKey.Spki, opened.PublicKey.Spki);
        using var other = RSA.Create(2048);
        Assert.Throws<EnvelopedKeyException>(() => value.Open(other));
        Assert.Throws<EnvelopedKeyException>(() => (value with { EncryptedPrivateKey = value.EncryptedPrivateKey[16..] }).Open(Signing));
    }

    [Fact]
    public void Its_DER_is_the_EncryptedValue_of_RFC_4211()
    {
        var reader = new AsnReader(RsaEncryptedValue.Create(Recipient, Carried.ExportPkcs8()).ToDer(), AsnEncodingRules.DER).ReadSequence();
        Assert.Equal("1.2.840.113549.1.1.1", reader.ReadSequence(new(TagClass.ContextSpecific, 0)).ReadObjectIdentifier()); // intendedAlg
        Assert.Equal("1.2.156.10197.1.104.1", reader.ReadSequence(new(TagClass.ContextSpecific, 1)).ReadObjectIdentifier()); // symmAlg
        Assert.Equal(256, reader.ReadBitString(out _, new(TagClass.ContextSpecific, 2)).Length); // encSymmKey
        Assert.Equal("1.2.840.113549.1.1.1", reader.ReadSequence(new(TagClass.ContextSpecific, 3)).ReadObjectIdentifier()); // keyAlg
        Assert.Equal(0, reader.ReadBitString(out _).Length % 16); // encValue
        Assert.False(reader.HasData);
    }

    [Fact]
    public void Keys_of_another_kind_are_not_enclosed()
    {
        using var curve = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        Assert.Throws<UnsupportedKeyException>(() => RsaEncryptedValue.Create(Recipient, curve.ExportPkcs8()));
        Assert.Throws<UnsupportedKeyException>(() => RsaEncryptedValue.Create(curve.PublicKey, Carried.ExportPkcs8()));
    }

    [Fact]
    public void Something_else_is_not_read()
    {
        var good = RsaEncryptedValue.Create(Recipient, Carried.ExportPkcs8());
        Assert.Throws<EnvelopedKeyException>(() => RsaEncryptedValue.FromDer(good.ToDer().AsMemory(1)));
        Assert.Throws<EnvelopedKeyException>(() => RsaEncryptedValue.FromDer((good with { EncryptedPrivateKey = good.EncryptedPrivateKey[1..] }).ToDer()));
        var algorithm = good.ToDer();
        algorithm[algorithm.AsSpan().IndexOf(stackalloc byte[] { 0x81, 0x1C, 0xCF, 0x55 }) + 4] ^= 1;
        Assert.Throws<EnvelopedKeyException>(() => RsaEncryptedValue.FromDer(algorithm));
    }
}
