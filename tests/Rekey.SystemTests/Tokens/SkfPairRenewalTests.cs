using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rekey.Contract.Bridge;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Testing.Tokens;
using Rekey.Tokens;
using Rekey.Tokens.Journal;
using PublicKey = Rekey.Pki.Algorithms.PublicKey;

namespace Rekey.SystemTests.Tokens;

/// <summary>A signing and an encryption certificate renewed as one on a token behind SKF, undisturbed and with its changes disturbed.</summary>
public sealed class SkfPairRenewalTests(SkfPairTemplate template) : IClassFixture<SkfPairTemplate>
{
    // What a renewal changes on the token, and what it proves with.
    private static readonly string[] Changing =
        ["SKF_CreateContainer", "SKF_GenECCKeyPair", "SKF_ImportECCKeyPair", "SKF_ImportCertificate", "SKF_DeleteContainer", "SKF_ImportSessionKey", "SKF_ECCSignData"];

    [Fact]
    public async Task The_new_pair_works_and_the_old_encryption_key_stays()
    {
        using var key = template.Key.Copy();
        await using var rig = await StartAsync(key);

        Assert.Null(await rig.RunAsync(TestContext.Current.CancellationToken));

        Assert.Empty(Broken(rig, finished: true));
        Assert.Empty(rig.Bridge.Violations);
    }

    [Theory]
    [InlineData("remove", "")]
    [InlineData("fail", "0x0A000001")]
    [InlineData("lose", "0x0A000001")]
    public async Task Whatever_change_is_disturbed_nothing_breaks_and_the_next_run_finishes(string way, string code)
    {
        var calls = await CountAsync();
        var broken = new ConcurrentQueue<string>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(1, calls.Count).Where(n => Changing.Contains(calls[n - 1])), options, async (number, cancel) =>
        {
            using var key = template.Key.Copy();
            await using var rig = await StartAsync(key);
            key.Control(SkfPairTemplate.Device, string.Create(CultureInfo.InvariantCulture, $"{way} {number} {code}"));

            await rig.RunAsync(cancel);
            key.Control(SkfPairTemplate.Device);
            var found = Broken(rig, finished: false);
            var problem = await rig.RunAsync(cancel);
            foreach (var one in found.Concat(Broken(rig, finished: true).Select(b => $"run again ({problem}): {b}")))
            {
                broken.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{way} {number} {calls[number - 1]}: {one}"));
            }
        });

        Assert.Empty(broken);
    }

    private Task<RenewalRig> StartAsync(SoftUKey key) => RenewalRig.OnUKeyAsync(
        key, SkfPairTemplate.Device, template.Certificates, template.OldSigning, "SM2", new EncryptionHalfCommand("SM2", Convert.ToHexStringLower(SHA256.HashData(template.OldEncryption))));

    private async Task<IReadOnlyList<string>> CountAsync()
    {
        using var key = template.Key.Copy();
        await using var rig = await StartAsync(key);
        key.Control(SkfPairTemplate.Device);
        Assert.Null(await rig.RunAsync(TestContext.Current.CancellationToken));
        var calls = key.Calls(SkfPairTemplate.Device);
        Assert.All(Changing.Where(c => c != "SKF_DeleteContainer"), c => Assert.Contains(c, calls));
        return calls;
    }

    /// <summary>By using the token: who signs, and what opens.</summary>
    private List<string> Broken(RenewalRig rig, bool finished) => rig.OnToken(token =>
    {
        var pairs = token.ListPairs();
        var (signing, encryption) = (pairs.Where(p => p.Use == PairUse.Signing).ToList(), pairs.Where(p => p.Use == PairUse.Encryption).ToList());
        var broken = new List<string>();
        Demand(encryption.Any(p => Is(p, template.OldEncryption) && Opens(token, p)), "the old encryption key opens nothing");
        Demand(signing.Any(p => Is(p, template.OldSigning) || (p.Certificate is { } c && rig.Cmp.IsConfirmed(c))), "no certificate signs");
        Demand(signing.Where(p => p.Certificate is not null).All(p => Signs(token, p)), "a signing pair does not sign");
        if (finished)
        {
            Demand(signing is [{ Certificate: { } s }] && rig.Cmp.IsConfirmed(s), $"{signing.Count} signing pairs are left");
            Demand(encryption.Count == 2 && encryption.All(p => Is(p, template.OldEncryption) || (rig.Cmp.IsConfirmed(p.Certificate) && Opens(token, p))), "not the old and the new encryption pair");
            Demand(TokenJournal.Read(pairs) is [{ Step: RenewalStep.Finished }], "the journal is not finished");
        }

        return broken;

        void Demand(bool holds, string otherwise)
        {
            if (!holds)
            {
                broken.Add(otherwise);
            }
        }
    });

    private static bool Is(TokenPair pair, byte[] certificate) => pair.Certificate.AsSpan().SequenceEqual(certificate);

    private static bool Opens(IToken token, TokenPair pair)
    {
        using var key = PublicKey.FromSpki(pair.Spki);
        return token.Opens(pair.Id, EncryptionProbe.For(key));
    }

    private static bool Signs(IToken token, TokenPair pair)
    {
        using var key = new TokenSigningKey(token, pair);
        return key.PublicKey.Verify(key.PublicKey.Suite.SignatureOid, "x"u8, key.Sign("x"u8));
    }
}

/// <summary>A software UKey with a container that has both pairs; made once and copied.</summary>
public sealed class SkfPairTemplate : IAsyncLifetime
{
    public const string Device = "Yunze 1";

    private static readonly byte[] Signing = [.. "my key"u8];
    private static readonly byte[] Encryption = [.. "my key\0"u8];

    public SoftUKey Key { get; } = new();

    public TokenCertificates Certificates { get; } = new();

    public byte[] OldSigning { get; private set; } = [];

    public byte[] OldEncryption { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        await Key.AddTokenAsync(Device);
        using var module = Key.Module();
        using var token = SoftUKey.LogIn(module);
        var pair = Certificates.Enrol(token, AlgorithmSuite.Sm2, Signing);
        using var made = Sm2PrivateKey.Generate();
        var envelope = Sm2EnvelopedKey.Create(Sm2PublicKey.FromSpki(pair.Spki), made).ToDer();
        token.ImportEncryptionKey(Encryption, "", new KeyEnvelope(KeyEnvelopeForm.Sm2EnvelopedKey, envelope), made.PublicKey.ToSpki());
        OldSigning = pair.Certificate!;
        OldEncryption = Certificates.Issue(made.PublicKey.ToSpki(), usage: X509KeyUsageFlags.KeyAgreement);
        token.WriteCertificate(Encryption, "", OldEncryption);
    }

    public ValueTask DisposeAsync()
    {
        Key.Dispose();
        return ValueTask.CompletedTask;
    }
}
