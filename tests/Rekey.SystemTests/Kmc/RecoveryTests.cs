using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using Rekey.Contract.Problems;
using Rekey.Kmc.Recovery;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Store;
using Rekey.Testing.Kmc;
using Rekey.Testing.Pki;

namespace Rekey.SystemTests.Kmc;

public sealed class RecoveryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<StoreEngine> Engines => [StoreEngine.Sqlite, StoreEngine.Postgres];

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Two_officers_recover_a_former_key_onto_the_holders_new_token(StoreEngine engine)
    {
        await using var rig = await Rig.CreateAsync(engine);
        var (order, target) = rig.ForHolder();
        var envelope = await rig.RecoverAsync(order, target, rig.Zhao, rig.Qian);
        Assert.Equal(rig.Pkcs8, WrappedKey.FromDer(envelope.Der).Open(rig.NewTransport));

        // The answer was lost: the same order gets the same envelope, and no second entry.
        Assert.Equal(envelope.Der, (await rig.RecoverAsync(order, target, rig.Zhao, rig.Qian)).Der);
        Assert.Equal(1, await rig.Kmc.AuditedAsync("key.recovered"));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Three_of_five_custodians_recover_into_a_carrier(StoreEngine engine)
    {
        await using var rig = await Rig.CreateAsync(engine);
        var (order, target) = rig.ForCourt();
        var envelope = await rig.RecoverAsync(order, target, [.. rig.Custodians.Take(3)]);
        using var carrier = RSA.Create();
        carrier.ImportPkcs8PrivateKey(rig.Carrier.Key.ExportPkcs8(), out _);
        Assert.Equal(rig.Pkcs8, WrappedKey.FromDer(envelope.Der).Open(carrier));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task The_CA_is_told_of_a_recovery_until_it_says_that_it_has_heard(StoreEngine engine)
    {
        await using var rig = await Rig.CreateAsync(engine);
        Assert.Empty(await rig.Kmc.RecoveriesAsync());
        var (order, target) = rig.ForHolder();
        await rig.RecoverAsync(order, target, rig.Zhao, rig.Qian);
        await rig.RecoverAsync(order, target, rig.Zhao, rig.Qian); // asked for again is not done again

        var told = Assert.Single(await rig.Kmc.RecoveriesAsync());
        Assert.Equal(rig.Holder.Id, told.SubscriberId);
        Assert.Equal(order.Id, told.OrderId);
        await using var db = await rig.Kmc.DbAsync();
        Assert.Equal(db.Keys.Single(k => k.SubscriberId == rig.Holder.Id).SpkiSha256, told.SpkiSha256);
        Assert.Single(await rig.Kmc.RecoveriesAsync(new byte[16])); // another order
        Assert.Empty(await rig.Kmc.RecoveriesAsync(order.Id));
        Assert.Empty(await rig.Kmc.RecoveriesAsync(order.Id));
        Assert.Equal(1, await rig.Kmc.AuditedAsync("recovery.told"));
    }

    [Fact]
    public async Task Nobody_but_the_CA_hears_of_recoveries()
    {
        await using var rig = await Rig.CreateAsync(StoreEngine.Sqlite);
        var (order, target) = rig.ForHolder();
        await rig.RecoverAsync(order, target, rig.Zhao, rig.Qian);
        var header = new CmpHeader(3, rig.Kmc.Certificate.Subject.Encoded.ToArray(), new byte[16], null, rig.Time.GetUtcNow());
        var stranger = CmpSigner.Of(rig.Holder.OldKey, rig.Holder.Old.Der, rig.Kmc.Pki.Issuing.Der);
        Assert.Equal(CmpBodyType.Error, (await rig.Kmc.AskAsync(new RecoveriesQuestion([order.Id]).ToMessage(header, stranger))).Type);
        Assert.Single(await rig.Kmc.RecoveriesAsync());
    }

    [Fact]
    public async Task Too_few_persons_recover_nothing()
    {
        await using var rig = await Rig.CreateAsync(StoreEngine.Sqlite);
        var (order, target) = rig.ForHolder();
        Assert.Equal(5101, await rig.RefusedAsync(order, target));
        Assert.Equal(5101, await rig.RefusedAsync(order, target, rig.Zhao));
        Assert.Equal(5101, await rig.RefusedAsync(order, target, rig.Zhao, rig.Zhao));
        Assert.Equal(5101, await rig.RefusedAsync(order, target, rig.Zhao, rig.ZhaosOther)); // two accounts of one person
        var (judicial, carrier) = rig.ForCourt();
        Assert.Equal(5101, await rig.RefusedAsync(judicial, carrier, rig.Custodians[0], rig.Custodians[1]));
        Assert.Equal(5, await rig.Kmc.AuditedAsync("key.recovered")); // refused ones
    }

    [Fact]
    public async Task Signatures_of_others_or_under_another_order_do_not_count()
    {
        await using var rig = await Rig.CreateAsync(StoreEngine.Sqlite);
        var (order, target) = rig.ForHolder();
        Assert.Equal(5102, await rig.RefusedAsync(order, target, rig.Zhao, rig.Holder.Old)); // no officer
        Assert.Equal(5102, await rig.RefusedAsync(order, target, rig.Zhao, rig.Custodians[0])); // a custodian is no officer
        var other = order with { Reason = "another" };
        RecoverySignature[] signatures = [Sign(order, rig.Zhao), Sign(other, rig.Qian)];
        Assert.Equal(5102, await rig.RefusedAsync(order, target, signatures));
        RecoverySignature[] borrowed = [Sign(order, rig.Zhao), new(Certificate.FromDer(rig.Qian.Der), Sign(order, rig.Zhao).Signature)];
        Assert.Equal(5102, await rig.RefusedAsync(order, target, borrowed));
        var own = order with { SubscriberId = "P-ZHAO" };
        Assert.Equal(5102, await rig.RefusedAsync(own, target, rig.Zhao, rig.Qian));
    }

    [Fact]
    public async Task An_order_is_good_for_its_time_and_its_one_recovery()
    {
        await using var rig = await Rig.CreateAsync(StoreEngine.Sqlite);
        var (order, target) = rig.ForHolder();
        await rig.RecoverAsync(order, target, rig.Zhao, rig.Qian);
        Assert.Equal(5106, await rig.RefusedAsync(order with { Reason = "another" }, target, rig.Zhao, rig.Qian));
        Assert.Equal(5103, await rig.RefusedAsync(order with { Until = order.From.AddDays(8) }, target, rig.Zhao, rig.Qian));
        await rig.Kmc.SequenceAsync();
        rig.Time.Advance(TimeSpan.FromHours(25));
        Assert.Equal(5103, await rig.RefusedAsync(order, target, rig.Zhao, rig.Qian));
        Assert.Equal(5103, await rig.RefusedAsync(order with { Id = new byte[16], From = rig.Time.GetUtcNow().AddHours(1), Until = rig.Time.GetUtcNow().AddHours(2) }, target, rig.Zhao, rig.Qian));
    }

    [Fact]
    public async Task A_key_is_recovered_only_to_what_was_signed_and_only_for_its_subscriber()
    {
        await using var rig = await Rig.CreateAsync(StoreEngine.Sqlite);
        var (order, target) = rig.ForHolder();
        Assert.Equal(5105, await rig.RefusedAsync(order, rig.Holder.Request(HandOutTests.Public(rig.NewTransport)).Encoded.ToArray(), rig.Zhao, rig.Qian));
        Assert.Equal(5104, await rig.RefusedAsync(order with { Id = new byte[16], KeyId = Guid.NewGuid() }, target, rig.Zhao, rig.Qian));

        // Another subscriber's request, a stranger's certificate, and a request that was altered.
        var another = new TestHolder(rig.Kmc.Pki, "YZ-000999").Request(HandOutTests.Public(rig.NewTransport)).Encoded.ToArray();
        Assert.Equal(5105, await rig.RefusedAsync(Rig.To(order, another), another, rig.Zhao, rig.Qian));
        var stranger = new TestHolder(new TestPki(now: rig.Time.GetUtcNow())).Request(HandOutTests.Public(rig.NewTransport)).Encoded.ToArray();
        Assert.Equal(5105, await rig.RefusedAsync(Rig.To(order, stranger), stranger, rig.Zhao, rig.Qian));
        var altered = target.ToArray();
        altered[^5] ^= 1;
        Assert.Equal(5105, await rig.RefusedAsync(Rig.To(order, altered), altered, rig.Zhao, rig.Qian));

        // An SM2 carrier opens no RSA key.
        var carrier = rig.Kmc.Pki.Issue("CN=Carrier", rig.Kmc.Pki.Issuing, AlgorithmSuite.Sm2).Der;
        Assert.Equal(5105, await rig.RefusedAsync(Rig.To(rig.ForCourt().Order, carrier), carrier, [.. rig.Custodians]));
    }

    [Fact]
    public void A_signature_is_read_as_it_was_written()
    {
        var pki = new TestPki();
        var signer = pki.Issue("CN=Zhao, SERIALNUMBER=P-ZHAO", pki.Issuing, AlgorithmSuite.Sm2);
        var order = new RecoveryOrder(new byte[16], RecoveryKind.Holder, "x", Guid.NewGuid(), new byte[32], "y", pki.Now, pki.Now.AddHours(1));
        var read = RecoverySignature.FromPem(Sign(order, signer).ToPem());
        Assert.True(read.Verifies(order));
        Assert.Equal("P-ZHAO", read.Person);
        Assert.Throws<FormatException>(() => RecoverySignature.FromPem(Certificate.FromDer(signer.Der).ToPem()));
    }

    private static RecoverySignature Sign(RecoveryOrder order, TestPki.Entity signer) => RecoverySignature.Sign(order, Certificate.FromDer(signer.Der), signer.Key);

    /// <summary>A centre that has a subscriber's key, and everybody who may order its recovery.</summary>
    private sealed class Rig : IAsyncDisposable
    {
        public FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow.AddTicks(-(DateTimeOffset.UtcNow.Ticks % TimeSpan.TicksPerSecond)));

        public TestKmc Kmc { get; private set; } = null!;

        public TestPki.Entity Zhao { get; private set; } = null!;

        public TestPki.Entity ZhaosOther { get; private set; } = null!;

        public TestPki.Entity Qian { get; private set; } = null!;

        public TestPki.Entity Carrier { get; private set; } = null!;

        public IReadOnlyList<TestPki.Entity> Custodians { get; private set; } = [];

        public TestHolder Holder { get; private set; } = null!;

        public RSA NewTransport { get; } = RSA.Create(2048);

        public byte[] Pkcs8 { get; private set; } = [];

        private Guid KeyId { get; set; }

        public static async Task<Rig> CreateAsync(StoreEngine engine)
        {
            var rig = new Rig();
            rig.Kmc = await TestKmc.CreateAsync(engine, rig.Time, new() { Recovery = rig.People });
            rig.Holder = new TestHolder(rig.Kmc.Pki);
            using var transport = RSA.Create(2048);
            var key = await rig.Kmc.HandOutAsync(rig.Holder.Order(AlgorithmSuite.Rsa2048), rig.Holder.Request(HandOutTests.Public(transport)));
            await rig.Kmc.NotifyAsync(rig.Holder.Order(AlgorithmSuite.Rsa2048), KeyOrderEnd.Confirmed);
            rig.Pkcs8 = WrappedKey.FromDer(key.Envelope.Der).Open(transport);
            await using var db = await rig.Kmc.DbAsync();
            rig.KeyId = db.Keys.Single(k => k.SubscriberId == rig.Holder.Id).KeyId;
            return rig;
        }

        public (RecoveryOrder Order, byte[] Target) ForHolder()
        {
            var target = new TestHolder(Kmc.Pki, Holder.Id).Request(HandOutTests.Public(NewTransport)).Encoded.ToArray();
            return (Order(RecoveryKind.Holder, target), target);
        }

        public (RecoveryOrder Order, byte[] Target) ForCourt() => (Order(RecoveryKind.Judicial, Carrier.Der), Carrier.Der);

        public static RecoveryOrder To(RecoveryOrder order, byte[] target) => order with { Id = RandomNumberGenerator.GetBytes(16), TargetSha256 = SHA256.HashData(target) };

        public Task<KeyEnvelope> RecoverAsync(RecoveryOrder order, byte[] target, params TestPki.Entity[] signers) =>
            Kmc.Service<RecoverKey>().RunAsync(order, target, [.. signers.Select(s => Sign(order, s))], Cancel);

        public Task<int> RefusedAsync(RecoveryOrder order, byte[] target, params TestPki.Entity[] signers) =>
            RefusedAsync(order, target, [.. signers.Select(s => Sign(order, s))]);

        public async Task<int> RefusedAsync(RecoveryOrder order, byte[] target, IReadOnlyList<RecoverySignature> signatures) =>
            (await Assert.ThrowsAsync<ProblemException>(() => Kmc.Service<RecoverKey>().RunAsync(order, target, signatures, Cancel))).Problem.Number;

        public async ValueTask DisposeAsync()
        {
            NewTransport.Dispose();
            await Kmc.DisposeAsync();
        }

        private RecoveryOrder Order(RecoveryKind kind, byte[] target) => new(
            RandomNumberGenerator.GetBytes(16), kind, Holder.Id, KeyId, SHA256.HashData(target), "the former token was lost", Time.GetUtcNow(), Time.GetUtcNow().AddHours(24));

        private RecoveryOptions People(TestPki pki)
        {
            Zhao = pki.Issue("CN=Zhao, SERIALNUMBER=P-ZHAO", pki.Issuing, AlgorithmSuite.P256);
            ZhaosOther = pki.Issue("CN=Zhao (second account), SERIALNUMBER=P-ZHAO", pki.Issuing, AlgorithmSuite.Rsa2048);
            Qian = pki.Issue("CN=Qian, SERIALNUMBER=P-QIAN", pki.Issuing, AlgorithmSuite.Sm2);
            Carrier = pki.Issue("CN=Court carrier", pki.Issuing, AlgorithmSuite.Rsa2048);
            Custodians = [.. Enumerable.Range(0, 5).Select(i => pki.Issue($"CN=Custodian {i}, SERIALNUMBER=C-{i}", pki.Issuing, AlgorithmSuite.P256))];
            return new()
            {
                Officers = [Certificate.FromDer(Zhao.Der), Certificate.FromDer(ZhaosOther.Der), Certificate.FromDer(Qian.Der)],
                Custodians = [.. Custodians.Select(c => Certificate.FromDer(c.Der)).Select(c => new Custodian(c, c))],
            };
        }
    }
}
