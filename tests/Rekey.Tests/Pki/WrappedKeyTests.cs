using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;

namespace Rekey.Tests.Pki;

public sealed class WrappedKeyTests
{
    private static readonly RSA Transport = RSA.Create(2048);
    private static readonly byte[] TransportSpki = Transport.ExportSubjectPublicKeyInfo();
    private static readonly byte[] Pkcs8 = MakeKey();

    public static TheoryData<string> Hashes => ["SHA1", "SHA256"];

    [Theory]
    [MemberData(nameof(Hashes))]
    public void What_was_wrapped_comes_out_again(string hash)
    {
        var wrapped = WrappedKey.Create(TransportSpki, Pkcs8, new HashAlgorithmName(hash));
        Assert.Equal(Pkcs8, wrapped.Open(Transport));
        var read = WrappedKey.FromDer(wrapped.ToDer());
        Assert.Equal(hash, read.OaepHash.Name);
        Assert.Equal(wrapped.TransportKeyId, read.TransportKeyId);
        Assert.Equal(wrapped.EncryptedKey, read.EncryptedKey);
        Assert.Equal(wrapped.WrappedPkcs8, read.WrappedPkcs8);
        Assert.Equal(Pkcs8, read.Open(Transport));
    }

    [Fact]
    public void The_private_key_does_not_stand_in_it_in_clear()
    {
        var der = WrappedKey.Create(TransportSpki, Pkcs8, HashAlgorithmName.SHA1).ToDer();
        Assert.Equal(-1, der.AsSpan().IndexOf(Pkcs8.AsSpan(^16)));
    }

    [Fact]
    public void Two_wrappings_have_nothing_in_common()
    {
        var (first, second) = (Wrap(), Wrap());
        Assert.NotEqual(first.EncryptedKey, second.EncryptedKey);
        Assert.NotEqual(first.WrappedPkcs8, second.WrappedPkcs8);
    }

    [Fact]
    public void Any_altered_octet_of_either_part_is_noticed()
    {
        var wrapped = Wrap();
        for (var at = 0; at < wrapped.WrappedPkcs8.Length; at++)
        {
            var altered = wrapped with { WrappedPkcs8 = [.. wrapped.WrappedPkcs8] };
            altered.WrappedPkcs8[at] ^= 1;
            Assert.Throws<EnvelopedKeyException>(() => altered.Open(Transport));
        }

        for (var at = 0; at < wrapped.EncryptedKey.Length; at += 17)
        {
            var altered = wrapped with { EncryptedKey = [.. wrapped.EncryptedKey] };
            altered.EncryptedKey[at] ^= 1;
            Assert.Throws<EnvelopedKeyException>(() => altered.Open(Transport));
        }
    }

    [Fact]
    public void Another_transport_key_opens_nothing()
    {
        using var other = RSA.Create(2048);
        Assert.Throws<EnvelopedKeyException>(() => Wrap().Open(other));
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        var der = Wrap().ToDer();
        for (var length = 0; length < der.Length; length++)
        {
            Assert.Throws<EnvelopedKeyException>(() => WrappedKey.FromDer(der.AsMemory(0, length)));
        }

        Assert.Throws<EnvelopedKeyException>(() => WrappedKey.FromDer((byte[])[.. der, 0]));
    }

    [Fact]
    public void Altered_octets_are_refused_or_open_nothing_else()
    {
        var der = Wrap().ToDer();
        for (var at = 0; at < der.Length; at++)
        {
            var altered = der.ToArray();
            altered[at] ^= 0x20;
            try
            {
                // The key identifier is only a name; everything else counts.
                Assert.Equal(Pkcs8, WrappedKey.FromDer(altered).Open(Transport));
                Assert.InRange(at, 0, 60);
            }
            catch (EnvelopedKeyException)
            {
                // as it should be
            }
        }
    }

    [Fact]
    public void A_transport_key_is_RSA()
    {
        using var ec = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        Assert.Throws<UnsupportedKeyException>(() => WrappedKey.Create(ec.PublicKey.Spki, Pkcs8, HashAlgorithmName.SHA1));
        Assert.Throws<UnsupportedKeyException>(() => WrappedKey.Create(Sm2PrivateKey.Generate().PublicKey.ToSpki(), Pkcs8, HashAlgorithmName.SHA1));
    }

    private static WrappedKey Wrap() => WrappedKey.Create(TransportSpki, Pkcs8, HashAlgorithmName.SHA1);

    private static byte[] MakeKey()
    {
        using var key = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        return key.ExportPkcs8();
    }
}
