using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Testing.Tokens;
using Rekey.Tokens;
using Rekey.Tokens.Host;

namespace Rekey.SystemTests.Tokens;

/// <summary>Encryption keys that come from outside and are unwrapped on SoftHSM2, through a module host.</summary>
public sealed class SoftHsmEncryptionKeyTests : IDisposable
{
    private static readonly byte[] SigningId = [1];
    private static readonly byte[] Id = [2];

    private readonly SoftHsm softHsm = new();
    private readonly TokenCertificates ca = new();
    private readonly HostedModule module;
    private readonly IToken token;

    public SoftHsmEncryptionKeyTests()
    {
        softHsm.AddToken("Yunze 1");
        module = softHsm.Module();
        token = module.Open(module.ListTokens().Single(t => t.Formatted).Identity);
        token.Login(SoftHsm.PinBytes);
        ca.Enrol(token, AlgorithmSuite.P256, SigningId);
    }

    public static TheoryData<string> Kinds => ["RSA-2048", "RSA-3072", "P-256", "P-384"];

    public void Dispose()
    {
        token.Dispose();
        module.Dispose();
        softHsm.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_key_is_unwrapped_on_the_token_and_opens_what_is_encrypted_for_it(string name)
    {
        using var key = Key(name);
        Import(key, Envelope(key, token.BeginImport(SigningId)));

        token.WriteCertificate(Id, "encryption", ca.Issue(key.PublicKey.Spki.Span, usage: X509KeyUsageFlags.KeyEncipherment));
        var pair = token.ListPairs().Single(p => p.Use == PairUse.Encryption);
        Assert.Equal(Id, pair.Id);
        Assert.True(pair.HasPrivateKey);
        Assert.False(pair.IsGenuine); // it came from outside, and says so
        Assert.Equal(key.PublicKey.Spki.ToArray(), pair.Spki);
        Assert.True(token.Opens(Id, EncryptionProbe.For(key.PublicKey)));
    }

    [Theory]
    [InlineData("RSA-2048")]
    [InlineData("P-256")]
    public void A_probe_for_another_key_is_not_opened(string name)
    {
        using var key = Key(name);
        using var other = Key(name);
        Import(key, Envelope(key, token.BeginImport(SigningId)));

        var opened = false;
        try
        {
            opened = token.Opens(Id, EncryptionProbe.For(other.PublicKey));
        }
        catch (TokenException e)
        {
            Assert.Equal(TokenFault.Driver, e.Fault); // RSA: the padding is not there
        }

        Assert.False(opened);
    }

    [Fact]
    public void A_secret_under_RSA_comes_out_in_both_paddings()
    {
        using var key = Key("RSA-2048");
        Import(key, Envelope(key, token.BeginImport(SigningId)));
        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(key.PublicKey.Spki.Span, out _);
        foreach (var size in (int[])[1, 32, 214])
        {
            var secret = RandomNumberGenerator.GetBytes(size);
            Assert.Equal(secret, token.Decrypt(Id, EncryptedSecret.For(key.PublicKey, secret)));
            Assert.Equal(secret, token.Decrypt(Id, new(SecretAlgorithm.RsaPkcs1, rsa.Encrypt(secret, RSAEncryptionPadding.Pkcs1))));
        }
    }

    [Fact]
    public void A_point_gives_the_secret_that_both_agree_on()
    {
        using var key = Key("P-384");
        Import(key, Envelope(key, token.BeginImport(SigningId)));
        var probe = EncryptionProbe.For(key.PublicKey);

        Assert.Equal(probe.Secret, token.Decrypt(Id, new(SecretAlgorithm.EcdhPoint, probe.Ciphertext)));
    }

    [Fact]
    public void A_secret_for_another_key_in_another_way_or_altered_is_not_opened()
    {
        using var key = Key("RSA-2048");
        using var other = Key("RSA-2048");
        Import(key, Envelope(key, token.BeginImport(SigningId)));
        var right = EncryptedSecret.For(key.PublicKey, "a share"u8);
        byte[] altered = [.. right.Octets];
        altered[100] ^= 1;

        foreach (var wrong in (EncryptedSecret[])[EncryptedSecret.For(other.PublicKey, "a share"u8), right with { Octets = altered }, right with { Octets = right.Octets[1..] }])
        {
            Assert.True(Fault(Id, wrong) is TokenFault.EnvelopeRefused or TokenFault.Driver); // what the padding lacks, SoftHSM2 calls a general error
        }

        Assert.Equal(TokenFault.NotSupported, Fault(Id, right with { Algorithm = SecretAlgorithm.Sm2 }));
        Assert.Equal(TokenFault.PairMissing, Fault([9], right));
        Assert.Throws<TokenException>(() => token.Decrypt(SigningId, right)); // the signing pair decrypts nothing
        Assert.Equal("a share"u8, token.Decrypt(Id, right));
    }

    [Fact]
    public void It_neither_signs_nor_leaves_the_token()
    {
        using var key = Key("RSA-2048");
        Import(key, Envelope(key, token.BeginImport(SigningId)));

        Assert.Throws<TokenException>(() => token.Sign(Id, AlgorithmSuite.Rsa2048, "x"u8));
        var listed = softHsm.Run("pkcs11-tool", "--module", SoftHsm.Library, "--token-label", "Yunze 1", "--login", "--pin", SoftHsm.Pin, "--list-objects", "--type", "privkey");
        var block = listed[listed.IndexOf("RSA", StringComparison.Ordinal)..];
        Assert.Contains("decrypt", block, StringComparison.Ordinal);
        Assert.Contains("sensitive", block, StringComparison.Ordinal);
        Assert.DoesNotContain("extractable", block.Split("Access:")[1].Split('\n')[0].Replace("never extractable", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(30)]
    [InlineData(200)]
    public void An_altered_envelope_leaves_the_token_as_it_was(int at)
    {
        using var key = Key("P-256");
        var envelope = Envelope(key, token.BeginImport(SigningId));
        envelope.Der[at < 0 ? envelope.Der.Length + at : at] ^= 1;

        var thrown = Assert.Throws<TokenException>(() => Import(key, envelope));

        Assert.True(thrown.Fault is TokenFault.EnvelopeRefused or TokenFault.Driver, thrown.Message);
        Assert.Equal(SigningId, Assert.Single(token.ListPairs()).Id);
    }

    [Fact]
    public void An_envelope_for_an_earlier_transport_key_is_not_opened()
    {
        using var key = Key("P-256");
        var earlier = Envelope(key, token.BeginImport(SigningId));
        token.BeginImport(SigningId);

        Assert.Equal(TokenFault.EnvelopeRefused, Assert.Throws<TokenException>(() => Import(key, earlier)).Fault);

        Assert.Equal(SigningId, Assert.Single(token.ListPairs()).Id);
    }

    [Fact]
    public void Without_a_transport_key_nothing_is_taken_in()
    {
        using var key = Key("P-256");
        using var elsewhere = RSA.Create(2048);

        Assert.Throws<TokenException>(() => Import(key, Envelope(key, elsewhere.ExportSubjectPublicKeyInfo())));
    }

    private TokenFault Fault(byte[] id, EncryptedSecret secret) => Assert.Throws<TokenException>(() => token.Decrypt(id, secret)).Fault;

    private static SoftwareSigningKey Key(string name) =>
        SoftwareSigningKey.Generate(AlgorithmSuite.TryParse(name, out var suite) ? suite : throw new ArgumentException(name, nameof(name)));

    private static KeyEnvelope Envelope(SoftwareSigningKey key, byte[] transport) =>
        new(KeyEnvelopeForm.EnvelopedData, WrappedKey.Create(transport, key.ExportPkcs8(), HashAlgorithmName.SHA1).ToDer());

    private void Import(SoftwareSigningKey key, KeyEnvelope envelope) => token.ImportEncryptionKey(Id, "encryption", envelope, key.PublicKey.Spki.Span);
}
