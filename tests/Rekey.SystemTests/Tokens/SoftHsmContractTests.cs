using System.Security.Cryptography.X509Certificates;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;
using Rekey.Testing.Tokens;
using Rekey.Tokens;
using Rekey.Tokens.Host;
using Rekey.Tokens.Journal;

namespace Rekey.SystemTests.Tokens;

/// <summary>What <see cref="IToken"/> promises, on SoftHSM2 through a module host.</summary>
public sealed class SoftHsmContractTests : IDisposable
{
    private static readonly byte[] Id = [1, 2, 3, 4];

    private readonly SoftHsm softHsm = new();
    private readonly TokenCertificates ca = new();
    private readonly HostedModule module;

    public SoftHsmContractTests()
    {
        softHsm.AddToken("Yunze 1");
        module = softHsm.Module();
    }

    private static IEnumerable<AlgorithmSuite> OfPkcs11 => AlgorithmSuite.All.Where(s => s != AlgorithmSuite.Sm2);

    public static TheoryData<string> Suites => [.. OfPkcs11.Select(s => s.Name)];

    public void Dispose()
    {
        module.Dispose();
        softHsm.Dispose();
    }

    [Fact]
    public void A_token_tells_who_it_is_and_what_it_can_do()
    {
        var info = Assert.Single(module.ListTokens(), t => t.Formatted);

        Assert.Equal("pkcs11", info.Identity.Driver);
        Assert.Equal("SoftHSM project", info.Identity.Manufacturer);
        Assert.Equal(16, info.Identity.SerialNumber.Length);
        Assert.Equal("Yunze 1", info.Label);
        Assert.Equal(PinTries.Plenty, info.Tries);
        Assert.False(info.PinPad || info.WriteProtected);
        Assert.Null(info.FreeBytes);
        Assert.Equal(OfPkcs11, info.Generates);
        Assert.Equal(OfPkcs11, info.Imports);
        Assert.Equal([SecretAlgorithm.RsaPkcs1, SecretAlgorithm.RsaOaepSha1, SecretAlgorithm.EcdhPoint], info.Decrypts);
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void A_generated_pair_is_genuine_and_signs(string name)
    {
        Assert.True(AlgorithmSuite.TryParse(name, out var suite));
        using var token = OpenLoggedIn();

        var pair = token.GenerateSigningPair(Id, "signing", suite);

        Assert.True(pair.HasPrivateKey);
        Assert.True(pair.IsGenuine);
        Assert.Equal(PairUse.Signing, pair.Use);
        using var key = new TokenSigningKey(token, pair);
        Assert.Equal(suite, key.PublicKey.Suite);
        var data = "what is signed"u8.ToArray();
        Assert.True(key.PublicKey.Verify(suite.SignatureOid, data, key.Sign(data)));
        Assert.False(key.PublicKey.Verify(suite.SignatureOid, "something else"u8, key.Sign(data)));
    }

    [Fact]
    public void Other_software_sees_the_pair_as_it_should_be()
    {
        using (var token = OpenLoggedIn())
        {
            ca.Enrol(token, AlgorithmSuite.Rsa2048, Id);
        }

        var listed = softHsm.Run("pkcs11-tool", "--module", SoftHsm.Library, "--token-label", "Yunze 1", "--login", "--pin", SoftHsm.Pin, "--list-objects");

        Assert.Contains("Certificate Object; type = X.509 cert", listed, StringComparison.Ordinal);
        Assert.Contains("serial:", listed, StringComparison.Ordinal);
        var privateKey = listed[listed.IndexOf("Private Key Object", StringComparison.Ordinal)..];
        Assert.Contains("sign", privateKey, StringComparison.Ordinal);
        Assert.DoesNotContain("decrypt", privateKey.Split("Public Key Object")[0], StringComparison.Ordinal);
        Assert.Contains("always sensitive, never extractable, local", privateKey, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_login_a_certificate_shows_and_its_private_key_is_unknown()
    {
        using (var token = OpenLoggedIn())
        {
            ca.Enrol(token, AlgorithmSuite.P256, Id);
        }

        module.Dispose();
        using var later = softHsm.Module();
        using var open = later.Open(later.ListTokens().Single(t => t.Formatted).Identity);
        var pair = Assert.Single(open.ListPairs());

        Assert.NotNull(pair.Certificate);
        Assert.Null(pair.HasPrivateKey);
        Assert.Null(pair.IsGenuine);
        open.Login(SoftHsm.PinBytes);
        Assert.True(Assert.Single(open.ListPairs()).HasPrivateKey);
    }

    [Fact]
    public void Logging_in_twice_is_fine()
    {
        using var token = OpenLoggedIn();

        token.Login(SoftHsm.PinBytes);

        Assert.Empty(token.ListPairs());
    }

    [Fact]
    public void A_wrong_PIN_says_so_and_shows_in_the_tries()
    {
        using var token = Open();

        var thrown = Assert.Throws<TokenException>(() => token.Login("wrong-471108"u8));

        Assert.Equal(TokenFault.PinWrong, thrown.Fault);
        Assert.Contains("C_Login CKR_PIN_INCORRECT (0x000000A0)", thrown.DriverCode, StringComparison.Ordinal);
        Assert.Equal(PinTries.Low, token.GetInfo().Tries);
        token.Login(SoftHsm.PinBytes);
        Assert.Equal(PinTries.Plenty, token.GetInfo().Tries);
    }

    [Fact]
    public void Writing_a_certificate_twice_leaves_one_and_another_replaces_it()
    {
        using var token = OpenLoggedIn();
        var pair = token.GenerateSigningPair(Id, "signing", AlgorithmSuite.P256);
        var (first, second) = (ca.Issue(pair.Spki!), ca.Issue(pair.Spki!));

        token.WriteCertificate(Id, "signing", first);
        token.WriteCertificate(Id, "signing", first);
        Assert.Equal(first, Assert.Single(token.ListPairs()).Certificate);

        token.WriteCertificate(Id, "signing", second);
        Assert.Equal(second, Assert.Single(token.ListPairs()).Certificate);
    }

    [Fact]
    public void An_encryption_certificate_makes_an_encryption_pair()
    {
        using var token = OpenLoggedIn();
        var pair = token.GenerateSigningPair(Id, "encryption", AlgorithmSuite.Rsa2048);

        token.WriteCertificate(Id, "encryption", ca.Issue(pair.Spki!, usage: X509KeyUsageFlags.KeyEncipherment));

        Assert.Equal(PairUse.Encryption, Assert.Single(token.ListPairs()).Use);
    }

    [Fact]
    public void Deleting_a_pair_leaves_the_others_and_can_be_repeated()
    {
        using var token = OpenLoggedIn();
        ca.Enrol(token, AlgorithmSuite.P256, Id);
        var kept = ca.Enrol(token, AlgorithmSuite.P256, [5, 6]);

        token.DeletePair(Id);
        token.DeletePair(Id);

        Assert.Equal(kept.Id, Assert.Single(token.ListPairs()).Id);
    }

    [Fact]
    public void An_id_in_use_is_refused_and_a_missing_pair_is_named()
    {
        using var token = OpenLoggedIn();
        token.GenerateSigningPair(Id, "signing", AlgorithmSuite.P256);

        Assert.Throws<TokenException>(() => token.GenerateSigningPair(Id, "signing", AlgorithmSuite.P256));
        Assert.Equal(TokenFault.PairMissing, Assert.Throws<TokenException>(() => token.Sign([9], AlgorithmSuite.P256, "x"u8)).Fault);
        Assert.Single(token.ListPairs());
    }

    [Fact]
    public void A_token_that_is_not_there_is_removed()
    {
        var thrown = Assert.Throws<TokenException>(() => module.Open(new TokenIdentity("pkcs11", "SoftHSM project", "SoftHSM v2", "0000000000000000")));

        Assert.Equal(TokenFault.Removed, thrown.Fault);
    }

    private IToken Open() => module.Open(module.ListTokens().Single(t => t.Formatted).Identity);

    private IToken OpenLoggedIn()
    {
        var token = Open();
        token.Login(SoftHsm.PinBytes);
        return token;
    }
}
