using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Kmc.Custody;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Kmc.Master;
using Rekey.Kmc.Pool;
using Rekey.Kmc.Recovery;
using Rekey.Kmc.Status;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Envelopes;
using Rekey.Pki.Keys;
using Rekey.Store;
using Rekey.Testing.Kmc;
using Rekey.Testing.Pki;
using Rekey.Testing.Tokens;
using Rekey.Tokens.Hsm;

namespace Rekey.SystemTests.Kmc;

public sealed class MasterTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<StoreEngine> Engines => [StoreEngine.Sqlite, StoreEngine.Postgres];

    [Fact]
    public async Task Keys_that_are_sealed_and_opened_at_once_under_one_master_are_all_whole()
    {
        await using var kmc = await TestKmc.CreateAsync(StoreEngine.Sqlite, TimeProvider.System);
        var vault = kmc.Service<KeyVault>();
        int master;
        await using (var db = await kmc.DbAsync())
        {
            master = await db.CurrentMasterAsync(Cancel);
        }

        Parallel.For(0, 20_000, new() { MaxDegreeOfParallelism = 8, CancellationToken = Cancel }, _ =>
        {
            var (identity, key) = (new SealedIdentity(Guid.NewGuid(), master, [1, 2, 3]), RandomNumberGenerator.GetBytes(1200));
            Assert.Equal(key, vault.Open(identity, vault.Seal(identity, key)));
        });
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task The_pool_is_filled_to_its_target_and_not_further(StoreEngine engine)
    {
        await using var kmc = await TestKmc.CreateAsync(engine, TimeProvider.System, new()
        {
            Pool = new() { Spare = new Dictionary<string, int> { ["SM2"] = 25, ["P-256"] = 3, ["RSA-2048"] = 1 }, CpuPercent = 100 },
        });
        await kmc.Service<FillPool>().RunAsync(Cancel);
        await kmc.Service<FillPool>().RunAsync(Cancel);
        await using var db = await kmc.DbAsync();
        Assert.Equal([("P-256", 3), ("RSA-2048", 1), ("SM2", 25)], (await ReadStatus.KeysAsync(db, Cancel)).Select(k => (k.Kind, k.Spare)));
        Assert.Equal(4, await kmc.AuditedAsync("pool.filled")); // 20 + 5, 3, 1
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_rotation_moves_every_key_and_each_is_the_same_key_afterwards(StoreEngine engine)
    {
        await using var kmc = await TestKmc.CreateAsync(engine, TimeProvider.System, new() { Pool = HandOutTests.Pool(450) });
        await kmc.Service<FillPool>().RunAsync(Cancel);
        var holder = new TestHolder(kmc.Pki);
        using var first = RSA.Create(2048);
        using var second = RSA.Create(2048);
        var before = await kmc.HandOutAsync(holder.Order(AlgorithmSuite.P256), holder.Request(HandOutTests.Public(first), AlgorithmSuite.P256));

        var rotation = await kmc.Service<RotateMaster>().RunAsync("test", Cancel);

        Assert.Equal(new Rotation(2, 450, true), rotation);
        var after = await kmc.HandOutAsync(holder.Order(AlgorithmSuite.P256), holder.Request(HandOutTests.Public(second), AlgorithmSuite.P256));
        Assert.Equal(WrappedKey.FromDer(before.Envelope.Der).Open(first), WrappedKey.FromDer(after.Envelope.Der).Open(second));
        await using var db = await kmc.DbAsync();
        var masters = await ReadStatus.MastersAsync(db, Cancel);
        Assert.Equal([(2, 450, false), (1, 0, true)], masters.Select(m => (m.Version, m.Keys, m.RetiredAt is not null)));
        Assert.Equal(1, await kmc.AuditedAsync("master.retired"));
        Assert.Equal([1, 2], kmc.Safe.Versions);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_rotation_that_was_cut_short_goes_on_where_it_stopped(StoreEngine engine)
    {
        await using var kmc = await TestKmc.CreateAsync(engine, TimeProvider.System, new() { Pool = HandOutTests.Pool(5) });
        await kmc.Service<FillPool>().RunAsync(Cancel);
        kmc.Centre.Master.Make(2); // the process died after the file, before the row
        var rotate = kmc.Service<RotateMaster>();
        Assert.Equal(new Rotation(2, 5, true), await rotate.RunAsync("test", Cancel));

        // Two versions in force and some keys under the first: the process died between two batches.
        await using (var db = await kmc.DbAsync())
        {
            await db.Masters.Where(m => m.Version == 1).ExecuteUpdateAsync(u => u.SetProperty(m => m.RetiredAt, (DateTimeOffset?)null), Cancel);
            var key = await db.Keys.OrderBy(k => k.Id).FirstAsync(Cancel);
            var vault = kmc.Service<KeyVault>();
            (key.Sealed, key.MasterVersion) = (vault.Seal(new(key.KeyId, 1, key.Spki), vault.Open(key)), 1);
            await db.SaveChangesAsync(Cancel);
        }

        Assert.Equal(new Rotation(2, 1, true), await rotate.RunAsync("test", Cancel));
        Assert.Equal(new Rotation(3, 5, true), await rotate.RunAsync("test", Cancel));
    }

    [Fact]
    public async Task Rows_that_were_exchanged_or_altered_open_nothing()
    {
        await using var kmc = await TestKmc.CreateAsync(StoreEngine.Sqlite, TimeProvider.System, new() { Pool = HandOutTests.Pool(2) });
        await kmc.Service<FillPool>().RunAsync(Cancel);
        var vault = kmc.Service<KeyVault>();
        await using var db = await kmc.DbAsync();
        var keys = await db.Keys.ToListAsync(Cancel);
        using (var opened = SoftwareSigningKey.FromPkcs8(vault.Open(keys[0])))
        {
            Assert.Equal(keys[0].Spki, opened.PublicKey.Spki.ToArray());
        }

        var (first, second) = (keys[0].Sealed!, keys[1].Sealed!);
        keys[0].Sealed = second;
        Assert.Throws<SealBrokenException>(() => vault.Open(keys[0]));
        keys[0].Sealed = [.. first[..^1], (byte)(first[^1] ^ 1)];
        Assert.Throws<SealBrokenException>(() => vault.Open(keys[0]));
        keys[0].Sealed = first[..20];
        Assert.Throws<SealBrokenException>(() => vault.Open(keys[0]));
        Assert.Throws<SealBrokenException>(() => vault.Open(SealedIdentity.Of(keys[0]) with { Spki = keys[1].Spki }, first));
    }

    [Fact]
    public async Task A_centre_does_not_start_with_another_master_or_without_one()
    {
        await using var kmc = await TestKmc.CreateAsync(StoreEngine.Sqlite, TimeProvider.System);
        File.Delete(Path.Combine(kmc.Folder, "master-1.key"));
        await Assert.ThrowsAsync<PrivateKeyException>(() => kmc.Service<OpenMaster>().RunAsync(Cancel));
        kmc.Centre.Master.Make(1);
        var e = await Assert.ThrowsAsync<PrivateKeyException>(() => kmc.Service<OpenMaster>().RunAsync(Cancel));
        Assert.Contains("master version 1 is not the one", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_master_lies_in_no_file_in_clear_and_only_its_owner_reads_it()
    {
        await using var kmc = await TestKmc.CreateAsync(StoreEngine.Sqlite, TimeProvider.System, new() { Pool = HandOutTests.Pool(2) });
        await kmc.Service<FillPool>().RunAsync(Cancel);
        var master = kmc.Safe.Read(1);
        byte[] pkcs8;
        await using (var db = await kmc.DbAsync())
        {
            pkcs8 = kmc.Service<KeyVault>().Open(await db.Keys.OrderBy(k => k.Id).FirstAsync(Cancel));
        }

        foreach (var file in Directory.EnumerateFiles(kmc.Folder))
        {
            var octets = await File.ReadAllBytesAsync(file, Cancel);
            Assert.Equal(-1, octets.AsSpan().IndexOf(master));
            Assert.Equal(-1, octets.AsSpan().IndexOf(pkcs8.AsSpan(36, 32))); // the private scalar
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(kmc.Folder, "master-1.key")));
        Assert.Throws<PrivateKeyException>(() => new MasterFiles(kmc.Folder, "another passphrase").Read(1));
    }

    [Fact]
    public async Task The_master_can_be_kept_by_an_HSM()
    {
        using var softHsm = new SoftHsm();
        softHsm.AddToken("KMC");
        var hsm = new HsmSettings(SoftHsm.Library, "KMC", "unused") { Environment = softHsm.Environment };
        await using var kmc = await TestKmc.CreateAsync(StoreEngine.Sqlite, TimeProvider.System, new()
        {
            Pool = HandOutTests.Pool(2),
            Safe = directory => new MasterInHsm(directory, hsm, SoftHsm.Pin, SoftHsm.Host),
        });
        await kmc.Service<FillPool>().RunAsync(Cancel);
        Assert.Equal(new Rotation(2, 2, true), await kmc.Service<RotateMaster>().RunAsync("test", Cancel));
        await kmc.Service<OpenMaster>().RunAsync(Cancel);
        Assert.Equal(kmc.Safe.Read(2), new MasterInHsm(kmc.Folder, hsm, SoftHsm.Pin, SoftHsm.Host).Read(2));
        Assert.NotEqual(kmc.Safe.Read(1), kmc.Safe.Read(2));

        softHsm.Unplug();
        Assert.Throws<PrivateKeyException>(() => kmc.Safe.Read(2));
        softHsm.Plug();
        using var other = new SoftHsm();
        other.AddToken("KMC");
        Assert.Throws<PrivateKeyException>(() => new MasterInHsm(kmc.Folder, hsm with { Environment = other.Environment }, SoftHsm.Pin, SoftHsm.Host).Read(2));
    }

    [Fact]
    public async Task Three_of_five_custodians_give_the_master_back_and_two_do_not()
    {
        TestPki.Entity[] tokens = [];
        await using var kmc = await TestKmc.CreateAsync(StoreEngine.Sqlite, TimeProvider.System, new()
        {
            Recovery = pki =>
            {
                tokens = [.. Enumerable.Range(0, 5).Select(i => pki.Issue($"CN=Custodian {i}, SERIALNUMBER=C-{i}", pki.Issuing, i % 2 == 0 ? AlgorithmSuite.Rsa2048 : AlgorithmSuite.Sm2))];
                return new() { Custodians = [.. tokens.Select(t => new Custodian(Certificate.FromDer(t.Der), Certificate.FromDer(t.Der)))], Threshold = 3 };
            },
        });
        var given = await kmc.Service<SplitMaster>().RunAsync("test", Cancel);
        Assert.Equal(5, given.Count);
        using var host = SoftwareSigningKey.Generate(AlgorithmSuite.Rsa2048);
        MasterShare PassOn(int i) => MasterShare.FromPem(MasterShare.FromPem(given[i].Share.ToPem()).PassOn(s => s.Open(tokens[i].Key), host.PublicKey).ToPem());

        Assert.Equal(kmc.Safe.Read(1), MasterShare.Combine([PassOn(0), PassOn(3), PassOn(4)], host));
        Assert.Equal(kmc.Safe.Read(1), MasterShare.Combine([.. Enumerable.Range(0, 5).Select(PassOn)], host));
        Assert.Contains("3 are needed", Refused(() => MasterShare.Combine([PassOn(0), PassOn(1)], host)), StringComparison.Ordinal);
        Assert.Contains("3 are needed", Refused(() => MasterShare.Combine([PassOn(0), PassOn(1), PassOn(1)], host)), StringComparison.Ordinal);
        Assert.Contains("do not give the master", Refused(() => MasterShare.Combine([PassOn(0), PassOn(1), PassOn(2) with { X = 9 }], host)), StringComparison.Ordinal);
        Assert.Contains("another key", Refused(() => MasterShare.Combine([PassOn(0), PassOn(1), given[2].Share], host)), StringComparison.Ordinal);
        Assert.Contains("not of one splitting", Refused(() => MasterShare.Combine([PassOn(0), PassOn(1), PassOn(2) with { Master = 2 }], host)), StringComparison.Ordinal);
        Assert.Throws<CryptographicException>(() => given[0].Share.PassOn(s => s.Open(tokens[2].Key), host.PublicKey));
        Assert.Equal(1, await kmc.AuditedAsync("master.split"));
    }

    private static string Refused(Action act) => Assert.Throws<Contract.Problems.ProblemException>(act).Problem.Arguments[0];
}
