using System.Security.Cryptography.X509Certificates;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Testing.Tokens;
using Rekey.Tokens;
using Rekey.Tokens.Host;
using Rekey.Tokens.Journal;

namespace Rekey.SystemTests.Tokens;

/// <summary>What <see cref="IToken"/> promises, on the software UKey through a module host.</summary>
public sealed class SkfContractTests : IAsyncLifetime
{
    private static readonly byte[] Id = [.. "signing"u8];

    private readonly SoftUKey key = new();
    private readonly TokenCertificates ca = new();
    private HostedModule module = null!;

    public static TheoryData<string> Suites => [AlgorithmSuite.Sm2.Name, AlgorithmSuite.Rsa2048.Name];

    public async ValueTask InitializeAsync()
    {
        await key.AddTokenAsync("Yunze 1");
        module = key.Module();
    }

    public ValueTask DisposeAsync()
    {
        module.Dispose();
        key.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void A_token_tells_who_it_is_and_what_it_can_do()
    {
        key.AddDevice("Yunze 2");

        var tokens = module.ListTokens();

        var info = Assert.Single(tokens, t => t.Formatted);
        Assert.Equal(("skf", "Rekey", "Rekey", 16), (info.Identity.Driver, info.Identity.Manufacturer, info.Identity.Model, info.Identity.SerialNumber.Length));
        Assert.Equal("Yunze 1", info.Label);
        Assert.Equal((PinTries.Plenty, 10), (info.Tries, info.TriesLeft));
        Assert.False(info.PinPad || info.WriteProtected);
        Assert.Equal(131072, info.FreeBytes);
        Assert.Equal([AlgorithmSuite.Rsa2048, AlgorithmSuite.Sm2], info.Generates);
        Assert.Equal("Yunze 2", Assert.Single(tokens, t => !t.Formatted).Label);
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void A_generated_pair_is_genuine_and_signs(string name)
    {
        Assert.True(AlgorithmSuite.TryParse(name, out var suite));
        using var token = SoftUKey.LogIn(module);

        var pair = token.GenerateSigningPair(Id, "signing", suite);

        Assert.Equal((true, true, PairUse.Signing), (pair.HasPrivateKey, pair.IsGenuine, pair.Use));
        Assert.Equal(Id, pair.Id);
        using var signing = new TokenSigningKey(token, pair);
        Assert.Equal(suite, signing.PublicKey.Suite);
        var data = "what is signed"u8.ToArray();
        Assert.True(signing.PublicKey.Verify(suite.SignatureOid, data, signing.Sign(data)));
        Assert.False(signing.PublicKey.Verify(suite.SignatureOid, "something else"u8, signing.Sign(data)));
    }

    [Fact]
    public void A_suite_that_the_token_lacks_is_refused_before_anything_is_written()
    {
        using var token = SoftUKey.LogIn(module);

        Assert.Equal(TokenFault.NotSupported, Assert.Throws<TokenException>(() => token.GenerateSigningPair(Id, "signing", AlgorithmSuite.P256)).Fault);
        Assert.Empty(token.ListPairs());
    }

    [Fact]
    public void A_renewal_s_id_comes_back_as_it_was()
    {
        using var token = SoftUKey.LogIn(module);
        var old = ca.Enrol(token, AlgorithmSuite.Sm2, Id);
        var id = RenewalKeyId.Of(PairUse.Signing, "00112233445566778899AABBCCDDEEFF", old.Certificate);

        token.GenerateSigningPair(id.ToBytes(), "signing", AlgorithmSuite.Sm2);

        var renewal = Assert.Single(TokenJournal.Read(token.ListPairs()));
        Assert.Equal(("00112233445566778899aabbccddeeff", RenewalStep.KeyGenerated), (renewal.RenewalId, renewal.Step));
        Assert.Equal(old.Id, renewal.Old!.Id);
    }

    [Fact]
    public void A_wrong_PIN_says_so_with_the_tries_that_are_left_until_it_is_locked()
    {
        using var token = Open();

        for (var left = 9; left >= 0; left--)
        {
            var thrown = Assert.Throws<TokenException>(() => token.Login("wrong-471108"u8));
            Assert.Equal((TokenFault.PinWrong, left, "SKF_VerifyPIN SAR_PIN_INCORRECT (0x0A000024)"), (thrown.Fault, thrown.TriesLeft, thrown.DriverCode));
            Assert.Equal(left switch { 0 => PinTries.Locked, 1 => PinTries.Last, _ => PinTries.Low }, token.GetInfo().Tries);
        }

        Assert.Equal(TokenFault.PinLocked, Assert.Throws<TokenException>(() => token.Login(SoftUKey.PinBytes)).Fault);
    }

    [Fact]
    public void A_PIN_that_cannot_be_one_costs_no_try()
    {
        using var token = Open();

        Assert.Equal(TokenFault.PinWrong, Assert.Throws<TokenException>(() => token.Login("short"u8)).Fault);
        Assert.Equal(TokenFault.PinWrong, Assert.Throws<TokenException>(() => token.Login("with\0nul"u8)).Fault);
        Assert.Equal(10, token.GetInfo().TriesLeft);
        token.Login(SoftUKey.PinBytes);
        token.Login(SoftUKey.PinBytes);
    }

    [Fact]
    public void A_certificate_goes_to_its_key_and_another_replaces_it()
    {
        using var token = SoftUKey.LogIn(module);
        var pair = token.GenerateSigningPair(Id, "signing", AlgorithmSuite.Sm2);
        var (first, second) = (ca.Issue(pair.Spki!), ca.Issue(pair.Spki!));

        token.WriteCertificate(Id, "signing", first);
        token.WriteCertificate(Id, "signing", first);
        Assert.Equal(first, Assert.Single(token.ListPairs()).Certificate);
        token.WriteCertificate(Id, "signing", second);
        Assert.Equal(second, Assert.Single(token.ListPairs()).Certificate);

        using var other = Sm2PrivateKey.Generate();
        Assert.Equal(TokenFault.Driver, Assert.Throws<TokenException>(() => token.WriteCertificate(Id, "signing", ca.Issue(other.PublicKey.ToSpki()))).Fault);
        Assert.Equal(second, Assert.Single(token.ListPairs()).Certificate);
    }

    [Fact]
    public void An_encryption_pair_comes_in_its_envelope_and_decrypts()
    {
        using var token = SoftUKey.LogIn(module);
        var signing = token.GenerateSigningPair(Id, "signing", AlgorithmSuite.Sm2);
        using var made = Sm2PrivateKey.Generate();
        var envelope = Sm2EnvelopedKey.Create(Sm2PublicKey.FromSpki(signing.Spki), made).ToDer();
        var certificate = ca.Issue(made.PublicKey.ToSpki(), usage: X509KeyUsageFlags.KeyAgreement);

        token.ImportEncryptionPair(Id, "encryption", EnvelopeKind.Sm2EnvelopedKey, envelope);
        token.WriteCertificate(Id, "encryption", certificate);

        var pair = Assert.Single(token.ListPairs(), p => p.Use == PairUse.Encryption);
        Assert.Equal(made.PublicKey.ToSpki(), pair.Spki);
        Assert.Equal(certificate, pair.Certificate);
        Assert.Equal((true, false), (pair.HasPrivateKey, pair.IsGenuine));
        Assert.True(token.DecryptsWith(Id));
        Assert.Null(Assert.Single(token.ListPairs(), p => p.Use == PairUse.Signing).Certificate);
    }

    [Fact]
    public void An_envelope_for_another_key_or_of_another_kind_changes_nothing()
    {
        using var token = SoftUKey.LogIn(module);
        token.GenerateSigningPair(Id, "signing", AlgorithmSuite.Sm2);
        using var made = Sm2PrivateKey.Generate();
        var forOther = Sm2EnvelopedKey.Create(made.PublicKey, made).ToDer();

        var thrown = Assert.Throws<TokenException>(() => token.ImportEncryptionPair(Id, "encryption", EnvelopeKind.Sm2EnvelopedKey, forOther));
        Assert.Equal("SKF_ImportECCKeyPair SAR_INDATAERR (0x0A000011)", thrown.DriverCode);
        Assert.Equal(TokenFault.NotSupported, Assert.Throws<TokenException>(() => token.ImportEncryptionPair(Id, "encryption", EnvelopeKind.WrappedKey, forOther)).Fault);
        Assert.Equal(TokenFault.PairMissing, Assert.Throws<TokenException>(() => token.DecryptsWith(Id)).Fault);
        Assert.Single(token.ListPairs());
    }

    [Fact]
    public void Both_pairs_of_a_renewal_s_container_have_ids_of_their_own_and_go_together()
    {
        using var token = SoftUKey.LogIn(module);
        var signingId = RenewalKeyId.Of(PairUse.Signing, "00112233445566778899AABBCCDDEEFF", "old"u8);
        var encryptionId = (signingId with { Use = PairUse.Encryption }).ToBytes();
        var signing = token.GenerateSigningPair(signingId.ToBytes(), "signing", AlgorithmSuite.Sm2);
        using var made = Sm2PrivateKey.Generate();
        token.ImportEncryptionPair(encryptionId, "encryption", EnvelopeKind.Sm2EnvelopedKey, Sm2EnvelopedKey.Create(Sm2PublicKey.FromSpki(signing.Spki), made).ToDer());

        Assert.Equal([signingId.ToBytes(), encryptionId], token.ListPairs().Select(p => p.Id));
        Assert.True(token.DecryptsWith(encryptionId));
        token.DeletePair(encryptionId);
        Assert.Empty(token.ListPairs());
        token.DeletePair(signingId.ToBytes());
    }

    [Fact]
    public void Deleting_a_pair_leaves_the_others_and_can_be_repeated()
    {
        using var token = SoftUKey.LogIn(module);
        ca.Enrol(token, AlgorithmSuite.Sm2, Id);
        var kept = ca.Enrol(token, AlgorithmSuite.Rsa2048, [.. "kept"u8]);

        token.DeletePair(Id);
        token.DeletePair(Id);

        Assert.Equal(kept.Id, Assert.Single(token.ListPairs()).Id);
    }

    [Fact]
    public void An_id_in_use_is_refused_and_a_missing_pair_is_named()
    {
        using var token = SoftUKey.LogIn(module);
        token.GenerateSigningPair(Id, "signing", AlgorithmSuite.Sm2);

        Assert.Equal(TokenFault.Driver, Assert.Throws<TokenException>(() => token.GenerateSigningPair(Id, "signing", AlgorithmSuite.Sm2)).Fault);
        Assert.Equal(TokenFault.PairMissing, Assert.Throws<TokenException>(() => token.Sign("other"u8, AlgorithmSuite.Sm2, "x"u8)).Fault);
        Assert.Single(token.ListPairs());
    }

    [Fact]
    public void A_token_that_is_not_there_is_removed() =>
        Assert.Equal(TokenFault.Removed, Assert.Throws<TokenException>(() => module.Open(new TokenIdentity("skf", "Rekey", "Rekey", "0000000000000000"))).Fault);

    private IToken Open() => module.Open(module.ListTokens().Single(t => t.Formatted).Identity);
}
