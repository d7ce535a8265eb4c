using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Testing.Tokens;
using Rekey.Tokens;
using Rekey.Tokens.Host;
using Rekey.Tokens.Journal;
using PublicKey = Rekey.Pki.Algorithms.PublicKey;

namespace Rekey.SystemTests.Tokens;

/// <summary>What <see cref="IToken"/> promises, on the software UKey through a module host.</summary>
public sealed class SkfContractTests : IAsyncLifetime
{
    private static readonly byte[] Id = [.. "my key"u8];
    private static readonly byte[] EncryptionId = [.. "my key\0"u8];

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
        Assert.Equal([AlgorithmSuite.Rsa2048, AlgorithmSuite.Sm2], info.Imports);
        Assert.True(info.PairsAreOfOneKind);
        Assert.Equal([SecretAlgorithm.Sm2Sm4Cbc, SecretAlgorithm.Sm2], info.Decrypts);
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
    public void A_PIN_that_cannot_be_one_is_not_tried()
    {
        key.Control("Yunze 1");
        using var token = Open();
        Assert.Equal(new PinRules(6, 16, PinCharacters.Any), token.GetInfo().PinRules);

        foreach (var pin in (string[])["short", "with\0nul", "longer-than-sixteen"])
        {
            Assert.Equal(TokenFault.PinNotPossible, Assert.Throws<TokenException>(() => token.Login(System.Text.Encoding.UTF8.GetBytes(pin))).Fault);
        }

        Assert.DoesNotContain("SKF_VerifyPIN", key.Calls("Yunze 1"));
        Assert.Equal((10, PinTries.Plenty), (token.GetInfo().TriesLeft, token.GetInfo().Tries));
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
    public void An_encryption_key_comes_in_its_envelope_and_opens_what_is_encrypted_for_it()
    {
        using var token = SoftUKey.LogIn(module);
        var signing = token.GenerateSigningPair(Id, "signing", AlgorithmSuite.Sm2);
        using var made = Sm2PrivateKey.Generate();
        var certificate = ca.Issue(made.PublicKey.ToSpki(), usage: X509KeyUsageFlags.KeyAgreement);
        Assert.Equal(signing.Spki, token.BeginImport(Id));

        token.ImportEncryptionKey(EncryptionId, "encryption", Envelope(signing.Spki!, made), made.PublicKey.ToSpki());
        token.WriteCertificate(EncryptionId, "encryption", certificate);

        var pair = Assert.Single(token.ListPairs(), p => p.Use == PairUse.Encryption);
        Assert.Equal(EncryptionId, pair.Id);
        Assert.Equal(made.PublicKey.ToSpki(), pair.Spki);
        Assert.Equal(certificate, pair.Certificate);
        Assert.Equal((true, false), (pair.HasPrivateKey, pair.IsGenuine));
        Assert.True(token.Opens(EncryptionId, EncryptionProbe.For(PublicKey.FromSpki(pair.Spki))));
        using var other = Sm2PrivateKey.Generate();
        Assert.False(token.Opens(EncryptionId, EncryptionProbe.For(PublicKey.FromSpki(other.PublicKey.ToSpki()))));
        Assert.Null(Assert.Single(token.ListPairs(), p => p.Use == PairUse.Signing).Certificate);
    }

    [Fact]
    public void An_RSA_encryption_key_comes_in_its_envelope_and_a_wrong_one_leaves_room_for_the_right_one()
    {
        using var token = SoftUKey.LogIn(module);
        var signing = token.GenerateSigningPair(Id, "signing", AlgorithmSuite.Rsa2048).Spki!;
        using var made = SoftwareSigningKey.Generate(AlgorithmSuite.Rsa2048);
        using var other = SoftwareSigningKey.Generate(AlgorithmSuite.Rsa2048);
        var spki = made.PublicKey.Spki.ToArray();
        KeyEnvelope For(PublicKey recipient) => new(KeyEnvelopeForm.RsaEncryptedValue, RsaEncryptedValue.Create(recipient, made.ExportPkcs8()).ToDer());
        var good = For(PublicKey.FromSpki(token.BeginImport(Id)));
        Assert.Equal(signing, token.BeginImport(Id));
        void Refused(KeyEnvelope envelope, byte[] expected)
        {
            Assert.Equal(TokenFault.EnvelopeRefused, Assert.Throws<TokenException>(() => token.ImportEncryptionKey(EncryptionId, "encryption", envelope, expected)).Fault);
            Assert.Single(token.ListPairs());
        }

        Refused(For(other.PublicKey), spki);
        Refused(good with { Der = good.Der[1..] }, spki);
        Refused(good, other.PublicKey.Spki.ToArray());
        token.ImportEncryptionKey(EncryptionId, "encryption", good, spki);
        token.WriteCertificate(EncryptionId, "encryption", ca.Issue(spki, usage: X509KeyUsageFlags.KeyEncipherment));

        var pair = Assert.Single(token.ListPairs(), p => p.Use == PairUse.Encryption);
        Assert.Equal(spki, pair.Spki);
        Assert.True(token.Opens(EncryptionId, EncryptionProbe.For(made.PublicKey)));
        Assert.False(token.Opens(EncryptionId, EncryptionProbe.For(other.PublicKey)));
    }

    [Theory]
    [InlineData("u32-pack1")]
    [InlineData("u64-natural")]
    public async Task A_secret_comes_out_with_the_functions_of_the_standard_and_with_the_vendors_one(string variant)
    {
        using var other = new SoftUKey(variant);
        await other.AddTokenAsync("Yunze 3");
        using var library = other.Module();
        using var token = SoftUKey.LogIn(library);
        using var made = Sm2PrivateKey.Generate();
        Both(token, Id, EncryptionId, made);
        var key = PublicKey.FromSpki(made.PublicKey.ToSpki());
        foreach (var size in (int[])[1, 16, 32, 500])
        {
            var secret = RandomNumberGenerator.GetBytes(size);
            Assert.Equal(secret, token.Decrypt(EncryptionId, new(SecretAlgorithm.Sm2, made.PublicKey.Encrypt(secret).ToDer())));
            other.Control("Yunze 3", "refuse SKF_ECCDecrypt 0x0A000003");
            Assert.Equal(secret, token.Decrypt(EncryptionId, EncryptedSecret.For(key, secret)));
            Assert.Equal(TokenFault.NotSupported, Fault(() => token.Decrypt(EncryptionId, new(SecretAlgorithm.Sm2, made.PublicKey.Encrypt(secret).ToDer()))));
            other.Control("Yunze 3");
        }
    }

    [Fact]
    public void A_secret_for_another_key_in_another_way_or_altered_is_not_opened()
    {
        using var token = SoftUKey.LogIn(module);
        using var made = Sm2PrivateKey.Generate();
        Both(token, Id, EncryptionId, made);
        using var other = Sm2PrivateKey.Generate();
        var secret = "a share of a master"u8;
        var good = Sm2Session.Encrypt(made.PublicKey, secret);
        byte[] altered = [.. good.Key.Data];
        altered[0] ^= 1;

        foreach (var wrong in (EncryptedSecret[])
            [
                new(SecretAlgorithm.Sm2Sm4Cbc, Sm2Session.Encrypt(other.PublicKey, secret).ToDer()),
                new(SecretAlgorithm.Sm2Sm4Cbc, (good with { Key = good.Key with { Data = altered } }).ToDer()),
                new(SecretAlgorithm.Sm2Sm4Cbc, (good with { Data = good.Data[..16] }).ToDer()), // without the block that has the padding
                new(SecretAlgorithm.Sm2Sm4Cbc, good.ToDer()[1..]),
                new(SecretAlgorithm.Sm2, other.PublicKey.Encrypt(secret).ToDer()),
                new(SecretAlgorithm.Sm2, good.ToDer()),
            ])
        {
            Assert.Equal(TokenFault.EnvelopeRefused, Fault(() => token.Decrypt(EncryptionId, wrong)));
        }

        var right = new EncryptedSecret(SecretAlgorithm.Sm2Sm4Cbc, good.ToDer());
        Assert.Equal(TokenFault.NotSupported, Fault(() => token.Decrypt(EncryptionId, right with { Algorithm = SecretAlgorithm.RsaOaepSha1 })));
        Assert.Equal(TokenFault.PairMissing, Fault(() => token.Decrypt(Id, right))); // the signing pair decrypts nothing
        Assert.Equal(TokenFault.PairMissing, Fault(() => token.Decrypt("another"u8, right)));
        Assert.Equal(secret, token.Decrypt(EncryptionId, right));
        using var loggedOut = module.Open(module.ListTokens().Single(t => t.Formatted).Identity);
        Assert.Throws<TokenException>(() => loggedOut.Decrypt(EncryptionId, right));
    }

    [Fact]
    public void An_envelope_for_another_key_of_another_kind_or_altered_changes_nothing()
    {
        using var token = SoftUKey.LogIn(module);
        var signing = token.GenerateSigningPair(Id, "signing", AlgorithmSuite.Sm2);
        using var made = Sm2PrivateKey.Generate();
        using var other = Sm2PrivateKey.Generate();
        var spki = made.PublicKey.ToSpki();
        var good = Envelope(signing.Spki!, made);
        byte[] altered = [.. good.Der[..^1], (byte)(good.Der[^1] ^ 1)];
        void Refused(KeyEnvelope envelope, byte[] expected) =>
            Assert.Equal(TokenFault.EnvelopeRefused, Assert.Throws<TokenException>(() => token.ImportEncryptionKey(EncryptionId, "encryption", envelope, expected)).Fault);

        Refused(Envelope(other.PublicKey.ToSpki(), made), spki);
        Refused(good with { Der = altered }, spki);
        Refused(good with { Der = good.Der[1..] }, spki);
        Refused(good with { Form = KeyEnvelopeForm.EnvelopedData }, spki);
        Refused(good, other.PublicKey.ToSpki());

        Assert.Equal(TokenFault.PairMissing, Assert.Throws<TokenException>(() => token.Opens(EncryptionId, EncryptionProbe.For(PublicKey.FromSpki(spki)))).Fault);
        Assert.Single(token.ListPairs());
    }

    [Fact]
    public void The_signing_pair_goes_and_the_encryption_pair_stays_until_it_goes_too()
    {
        using var token = SoftUKey.LogIn(module);
        using var made = Sm2PrivateKey.Generate();
        Both(token, Id, EncryptionId, made);

        token.DeletePair(Id);
        token.DeletePair(Id);

        var left = Assert.Single(token.ListPairs());
        Assert.Equal((PairUse.Encryption, true), (left.Use, left.HasPrivateKey));
        Assert.True(token.Opens(EncryptionId, EncryptionProbe.For(PublicKey.FromSpki(left.Spki))));
        Assert.Throws<TokenException>(() => token.GenerateSigningPair(Id, "signing", AlgorithmSuite.Sm2));
        token.DeletePair(EncryptionId);
        Assert.Empty(token.ListPairs());
        token.GenerateSigningPair(Id, "signing", AlgorithmSuite.Sm2);
    }

    [Fact]
    public void An_encryption_pair_that_came_to_nothing_makes_room_for_another()
    {
        using var token = SoftUKey.LogIn(module);
        using var made = Sm2PrivateKey.Generate();
        using var next = Sm2PrivateKey.Generate();
        var signing = Both(token, Id, EncryptionId, made);
        Assert.Equal(TokenFault.Driver, Assert.Throws<TokenException>(() => token.ImportEncryptionKey(EncryptionId, "encryption", Envelope(signing, next), next.PublicKey.ToSpki())).Fault);

        token.DeletePair(EncryptionId);
        Assert.Equal(PairUse.Signing, Assert.Single(token.ListPairs()).Use);
        token.ImportEncryptionKey(EncryptionId, "encryption", Envelope(signing, next), next.PublicKey.ToSpki());

        Assert.Equal(next.PublicKey.ToSpki(), Assert.Single(token.ListPairs(), p => p.Use == PairUse.Encryption).Spki);
        token.DeletePair(EncryptionId);
        token.DeletePair(Id);
        Assert.Empty(token.ListPairs());
    }

    [Fact]
    public void Both_pairs_of_a_renewal_s_container_have_the_renewal_s_ids()
    {
        using var token = SoftUKey.LogIn(module);
        var signingId = RenewalKeyId.Of(PairUse.Signing, "00112233445566778899AABBCCDDEEFF", "old"u8);
        var encryptionId = signingId with { Use = PairUse.Encryption };
        using var made = Sm2PrivateKey.Generate();
        Both(token, signingId.ToBytes(), encryptionId.ToBytes(), made);

        Assert.Equal([signingId.ToBytes(), encryptionId.ToBytes()], token.ListPairs().Select(p => p.Id));
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

    private static KeyEnvelope Envelope(byte[] recipient, Sm2PrivateKey key) =>
        new(KeyEnvelopeForm.Sm2EnvelopedKey, Sm2EnvelopedKey.Create(Sm2PublicKey.FromSpki(recipient), key).ToDer());

    /// <summary>A container with both pairs and both certificates; gives the signing key's SubjectPublicKeyInfo.</summary>
    private byte[] Both(IToken token, byte[] signingId, byte[] encryptionId, Sm2PrivateKey made)
    {
        var signing = token.GenerateSigningPair(signingId, "signing", AlgorithmSuite.Sm2).Spki!;
        token.WriteCertificate(signingId, "signing", ca.Issue(signing));
        token.ImportEncryptionKey(encryptionId, "encryption", Envelope(signing, made), made.PublicKey.ToSpki());
        token.WriteCertificate(encryptionId, "encryption", ca.Issue(made.PublicKey.ToSpki(), usage: X509KeyUsageFlags.KeyAgreement));
        return signing;
    }

    private static TokenFault Fault(Func<byte[]> act) => Assert.Throws<TokenException>(act).Fault;

    private IToken Open() => module.Open(module.ListTokens().Single(t => t.Formatted).Identity);
}
