using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;

namespace Rekey.Tests.Pki;

public sealed class EncryptedSecretTests
{
    [Theory]
    [InlineData("RSA-2048", SecretAlgorithm.RsaOaepSha1)]
    [InlineData("SM2", SecretAlgorithm.Sm2Sm4Cbc)]
    public void What_is_encrypted_for_a_key_is_opened_by_that_key_alone(string kind, SecretAlgorithm algorithm)
    {
        Assert.True(AlgorithmSuite.TryParse(kind, out var suite));
        using var key = SoftwareSigningKey.Generate(suite);
        using var other = SoftwareSigningKey.Generate(suite);
        var secret = RandomNumberGenerator.GetBytes(33);

        var encrypted = EncryptedSecret.For(key.PublicKey, secret);

        Assert.Equal(algorithm, encrypted.Algorithm);
        Assert.Equal(secret, encrypted.Open(key));
        Assert.NotEqual(encrypted.Octets, EncryptedSecret.For(key.PublicKey, secret).Octets);
        Assert.ThrowsAny<CryptographicException>(() => encrypted.Open(other));
        Assert.ThrowsAny<CryptographicException>(() => (encrypted with { Algorithm = SecretAlgorithm.EcdhPoint }).Open(key));
        Assert.ThrowsAny<CryptographicException>(() => (encrypted with { Octets = encrypted.Octets[..^1] }).Open(key));
    }

    [Fact]
    public void The_forms_that_others_make_are_opened_too()
    {
        using var sm2 = SoftwareSigningKey.Generate(AlgorithmSuite.Sm2);
        using var rsa = SoftwareSigningKey.Generate(AlgorithmSuite.Rsa2048);
        using var platform = RSA.Create();
        platform.ImportSubjectPublicKeyInfo(rsa.PublicKey.Spki.Span, out _);
        Assert.Equal("secret"u8, new EncryptedSecret(SecretAlgorithm.Sm2, sm2.PublicKey.Sm2!.Encrypt("secret"u8).ToDer()).Open(sm2));
        Assert.Equal("secret"u8, new EncryptedSecret(SecretAlgorithm.RsaPkcs1, platform.Encrypt("secret"u8, RSAEncryptionPadding.Pkcs1)).Open(rsa));
    }

    [Fact]
    public void An_SM4_key_of_another_length_opens_nothing()
    {
        using var key = SoftwareSigningKey.Generate(AlgorithmSuite.Sm2);
        var session = Sm2Session.Encrypt(key.PublicKey.Sm2!, "secret"u8) with { Key = key.PublicKey.Sm2!.Encrypt(new byte[15]) };
        Assert.ThrowsAny<CryptographicException>(() => new EncryptedSecret(SecretAlgorithm.Sm2Sm4Cbc, session.ToDer()).Open(key));
    }

    [Fact]
    public void A_curve_s_key_gets_no_secret()
    {
        using var key = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        Assert.Throws<UnsupportedKeyException>(() => EncryptedSecret.For(key.PublicKey, "secret"u8));
    }
}
