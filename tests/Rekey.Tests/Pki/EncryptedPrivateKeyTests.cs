using System.Formats.Asn1;
using System.Security.Cryptography;
using Rekey.Pki.Keys;

namespace Rekey.Tests.Pki;

public sealed class EncryptedPrivateKeyTests
{
    private static readonly byte[] Pkcs8 = MakeKey();

    [Fact]
    public void What_was_encrypted_comes_back_and_another_passphrase_is_refused()
    {
        var pem = EncryptedPrivateKey.Encrypt(Pkcs8, "horse 1");

        Assert.Equal(Pkcs8, EncryptedPrivateKey.Decrypt(pem, "horse 1"));
        Assert.Throws<PrivateKeyException>(() => EncryptedPrivateKey.Decrypt(pem, "horse 2"));
    }

    [Fact]
    public void Files_under_one_passphrase_share_the_salt_and_nothing_else()
    {
        var (first, second, other) = (Parts("horse 3"), Parts("horse 3"), Parts("horse 4"));

        Assert.Equal(first.Salt, second.Salt);
        Assert.NotEqual(first.Iv, second.Iv);
        Assert.NotEqual(first.Encrypted, second.Encrypted);
        Assert.NotEqual(first.Salt, other.Salt);
    }

    /// <summary>What the platform writes, with a salt of its own for each file.</summary>
    [Fact]
    public void Another_program_s_file_is_read()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = key.ExportEncryptedPkcs8PrivateKeyPem("horse 5", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, EncryptedPrivateKey.Iterations));

        Assert.Equal(key.ExportPkcs8PrivateKey(), EncryptedPrivateKey.Decrypt(pem, "horse 5"));
    }

    [Fact]
    public void Too_few_rounds_are_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = key.ExportEncryptedPkcs8PrivateKeyPem("horse 6", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 100_000));

        Assert.Contains("600000", Assert.Throws<PrivateKeyException>(() => EncryptedPrivateKey.Decrypt(pem, "horse 6")).Message, StringComparison.Ordinal);
    }

    private static (byte[] Salt, byte[] Iv, byte[] Encrypted) Parts(string passphrase)
    {
        var pem = EncryptedPrivateKey.Encrypt(Pkcs8, passphrase);
        var outer = new AsnReader(Convert.FromBase64String(pem[PemEncoding.Find(pem).Base64Data]), AsnEncodingRules.DER).ReadSequence();
        var scheme = outer.ReadSequence();
        scheme.ReadObjectIdentifier();
        var parameters = scheme.ReadSequence();
        var kdf = parameters.ReadSequence();
        kdf.ReadObjectIdentifier();
        var salt = kdf.ReadSequence().ReadOctetString();
        var cipher = parameters.ReadSequence();
        cipher.ReadObjectIdentifier();
        return (salt, cipher.ReadOctetString(), outer.ReadOctetString());
    }

    private static byte[] MakeKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKey();
    }
}
