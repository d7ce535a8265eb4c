using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Kmc.Pool;
using Rekey.Kmc.Status;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Store;
using Rekey.Testing.Kmc;
using Rekey.Testing.Pki;

namespace Rekey.SystemTests.Kmc;

public sealed class HandOutTests
{
    private static readonly AlgorithmSuite Rsa = AlgorithmSuite.Rsa2048;

    public static TheoryData<StoreEngine> Engines => [StoreEngine.Sqlite, StoreEngine.Postgres];

    [Theory]
    [InlineData("RSA-2048")]
    [InlineData("RSA-3072")]
    [InlineData("P-256")]
    [InlineData("SM2")]
    public async Task A_key_of_each_kind_comes_wrapped_to_the_transport_key_and_is_the_certified_one(string kind)
    {
        Assert.True(AlgorithmSuite.TryParse(kind, out var suite));
        await using var kmc = await TestKmc.CreateAsync(StoreEngine.Sqlite, TimeProvider.System);
        var holder = new TestHolder(kmc.Pki);
        using var transport = RSA.Create(2048);
        var key = await kmc.HandOutAsync(holder.Order(suite), holder.Request(Public(transport), suite));

        Assert.Equal(KeyEnvelopeForm.EnvelopedData, key.Envelope.Form);
        Assert.Equal(1, key.HandOuts);
        var pkcs8 = WrappedKey.FromDer(key.Envelope.Der).Open(transport);
        using var opened = SoftwareSigningKey.FromPkcs8(pkcs8);
        Assert.Equal(suite, opened.PublicKey.Suite);
        Assert.Equal(key.Spki, opened.PublicKey.Spki.ToArray());
    }

    [Fact]
    public async Task An_SM2_key_comes_enveloped_to_the_new_signing_key()
    {
        await using var kmc = await TestKmc.CreateAsync(StoreEngine.Sqlite, TimeProvider.System);
        var holder = new TestHolder(kmc.Pki, signing: AlgorithmSuite.Sm2);
        var key = await kmc.HandOutAsync(holder.Order(AlgorithmSuite.Sm2), holder.Request(holder.NewKey.PublicKey, AlgorithmSuite.Sm2));

        Assert.Equal(KeyEnvelopeForm.Sm2EnvelopedKey, key.Envelope.Form);
        using var signing = Sm2PrivateKey.FromPkcs8(holder.NewKey.ExportPkcs8());
        using var opened = Sm2EnvelopedKey.FromDer(key.Envelope.Der).Open(signing);
        Assert.Equal(key.Spki, opened.PublicKey.ToSpki());
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task The_same_question_gets_the_same_envelope_and_is_not_counted(StoreEngine engine)
    {
        await using var kmc = await TestKmc.CreateAsync(engine, TimeProvider.System);
        var holder = new TestHolder(kmc.Pki);
        using var transport = RSA.Create(2048);
        var first = await kmc.HandOutAsync(holder.Order(Rsa), holder.Request(Public(transport)));
        var second = await kmc.HandOutAsync(holder.Order(Rsa), holder.Request(Public(transport)));
        Assert.Equal(first.Envelope.Der, second.Envelope.Der);
        Assert.Equal((1, 1), (first.HandOuts, second.HandOuts));
        Assert.Equal(1, await kmc.AuditedAsync("key.handed-out"));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Another_transport_key_gets_the_same_key_ten_times_and_no_more(StoreEngine engine)
    {
        await using var kmc = await TestKmc.CreateAsync(engine, TimeProvider.System);
        var holder = new TestHolder(kmc.Pki);
        byte[]? spki = null;
        for (var number = 1; number <= 10; number++)
        {
            using var transport = RSA.Create(2048);
            var key = await kmc.HandOutAsync(holder.Order(Rsa), holder.Request(Public(transport)));
            using var opened = SoftwareSigningKey.FromPkcs8(WrappedKey.FromDer(key.Envelope.Der).Open(transport));
            Assert.Equal(spki ??= key.Spki, opened.PublicKey.Spki.ToArray());
            Assert.Equal(number, key.HandOuts);
        }

        using var eleventh = RSA.Create(2048);
        Assert.Equal(5003, await RefusedAsync(() => kmc.HandOutAsync(holder.Order(Rsa), holder.Request(Public(eleventh)))));
        Assert.Equal(10, await kmc.AuditedAsync("key.handed-out"));
        Assert.Equal(1, await kmc.AuditedAsync("key.refused"));
        await using var db = await kmc.DbAsync();
        Assert.Equal(1, await db.Keys.CountAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Another_signing_key_or_another_holder_gets_nothing_of_an_order(StoreEngine engine)
    {
        await using var kmc = await TestKmc.CreateAsync(engine, TimeProvider.System);
        var holder = new TestHolder(kmc.Pki);
        using var transport = RSA.Create(2048);
        await kmc.HandOutAsync(holder.Order(Rsa), holder.Request(Public(transport)));
        var sameHolderOtherKey = new TestHolder(kmc.Pki, old: holder.OldKey) { OrderId = holder.OrderId };
        Assert.Equal(5002, await RefusedAsync(() => kmc.HandOutAsync(sameHolderOtherKey.Order(Rsa), sameHolderOtherKey.Request(Public(transport)))));
        Assert.Equal(5002, await RefusedAsync(() => kmc.HandOutAsync(holder.Order(Rsa) with { SubscriberId = "YZ-000999" }, holder.Request(Public(transport)))));
        Assert.Equal(5002, await RefusedAsync(() => kmc.HandOutAsync(holder.Order(AlgorithmSuite.P256), holder.Request(Public(transport)))));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task After_the_confirmation_nothing_is_handed_out_and_the_old_key_is_history(StoreEngine engine)
    {
        await using var kmc = await TestKmc.CreateAsync(engine, TimeProvider.System);
        using var transport = RSA.Create(2048);
        var first = new TestHolder(kmc.Pki);
        var firstKey = await kmc.HandOutAsync(first.Order(Rsa), first.Request(Public(transport)));
        await kmc.NotifyAsync(first.Order(Rsa), KeyOrderEnd.Confirmed);
        var second = new TestHolder(kmc.Pki, old: first.NewKey);
        var secondKey = await kmc.HandOutAsync(second.Order(Rsa), second.Request(Public(transport)));
        Assert.Equal(KeyState.InUse, await StateAsync(kmc, firstKey.Spki));

        await kmc.NotifyAsync(second.Order(Rsa), KeyOrderEnd.Confirmed);
        await kmc.NotifyAsync(second.Order(Rsa), KeyOrderEnd.Confirmed);

        Assert.Equal(KeyState.History, await StateAsync(kmc, firstKey.Spki));
        Assert.Equal(KeyState.InUse, await StateAsync(kmc, secondKey.Spki));
        Assert.Equal(5004, await RefusedAsync(() => kmc.HandOutAsync(second.Order(Rsa), second.Request(Public(transport)))));
        Assert.Equal(5004, await RefusedAsync(() => kmc.NotifyAsync(second.Order(Rsa), KeyOrderEnd.Ended)));
        Assert.Equal(1, await kmc.AuditedAsync("key.to-history"));
        Assert.Equal(2, await kmc.AuditedAsync("key.confirmed"));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task The_key_of_an_order_that_ended_unconfirmed_is_destroyed(StoreEngine engine)
    {
        await using var kmc = await TestKmc.CreateAsync(engine, TimeProvider.System);
        using var transport = RSA.Create(2048);
        var holder = new TestHolder(kmc.Pki);
        var key = await kmc.HandOutAsync(holder.Order(Rsa), holder.Request(Public(transport)));
        await kmc.NotifyAsync(holder.Order(Rsa), KeyOrderEnd.Ended);
        await kmc.NotifyAsync(holder.Order(Rsa), KeyOrderEnd.Ended);
        await using var db = await kmc.DbAsync();
        var row = await db.Keys.SingleAsync(k => k.Spki == key.Spki, TestContext.Current.CancellationToken);
        Assert.Equal(KeyState.Destroyed, row.State);
        Assert.Null(row.Sealed);
        Assert.Empty(await db.HandOuts.ToListAsync(TestContext.Current.CancellationToken));
        Assert.Equal(5004, await RefusedAsync(() => kmc.HandOutAsync(holder.Order(Rsa), holder.Request(Public(transport)))));
        Assert.Equal(5004, await RefusedAsync(() => kmc.NotifyAsync(holder.Order(Rsa), KeyOrderEnd.Confirmed)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_revoked_key_is_history_and_nothing_of_it_is_destroyed(StoreEngine engine)
    {
        await using var kmc = await TestKmc.CreateAsync(engine, TimeProvider.System);
        using var transport = RSA.Create(2048);
        var holder = new TestHolder(kmc.Pki);
        var key = await kmc.HandOutAsync(holder.Order(Rsa), holder.Request(Public(transport)));
        await kmc.NotifyAsync(holder.Order(Rsa), KeyOrderEnd.Confirmed);

        await kmc.NotifyAsync(holder.Order(Rsa), KeyOrderEnd.Revoked);
        await kmc.NotifyAsync(holder.Order(Rsa), KeyOrderEnd.Revoked);
        await kmc.NotifyAsync(holder.Order(Rsa), KeyOrderEnd.Confirmed); // a late repetition

        Assert.Equal(KeyState.History, await StateAsync(kmc, key.Spki));
        Assert.Equal(5004, await RefusedAsync(() => kmc.NotifyAsync(holder.Order(Rsa), KeyOrderEnd.Ended)));
        Assert.Equal(5004, await RefusedAsync(() => kmc.HandOutAsync(holder.Order(Rsa), holder.Request(Public(transport)))));
        Assert.Equal(1, await kmc.AuditedAsync("key.revoked"));
        await using var db = await kmc.DbAsync();
        Assert.Equal(new KeyCount("RSA-2048", 0, 0, 1, 0), Assert.Single(await ReadStatus.KeysAsync(db, TestContext.Current.CancellationToken)));
        Assert.NotEmpty(await db.HandOuts.ToListAsync(TestContext.Current.CancellationToken));
        Assert.Equal([], await KmcInvariants.BrokenAsync(kmc)); // also opens what is sealed
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_revocation_whose_confirmation_was_not_heard_says_both(StoreEngine engine)
    {
        await using var kmc = await TestKmc.CreateAsync(engine, TimeProvider.System);
        using var transport = RSA.Create(2048);
        var first = new TestHolder(kmc.Pki);
        var firstKey = await kmc.HandOutAsync(first.Order(Rsa), first.Request(Public(transport)));
        await kmc.NotifyAsync(first.Order(Rsa), KeyOrderEnd.Confirmed);
        var second = new TestHolder(kmc.Pki, old: first.NewKey);
        var secondKey = await kmc.HandOutAsync(second.Order(Rsa), second.Request(Public(transport)));

        await kmc.NotifyAsync(second.Order(Rsa), KeyOrderEnd.Revoked);
        await kmc.NotifyAsync(first.Order(Rsa), KeyOrderEnd.Revoked); // the whole chain

        Assert.Equal(KeyState.History, await StateAsync(kmc, firstKey.Spki));
        Assert.Equal(KeyState.History, await StateAsync(kmc, secondKey.Spki));
        Assert.Equal((2, 2, 2), (await kmc.AuditedAsync("key.confirmed"), await kmc.AuditedAsync("key.revoked"), await kmc.AuditedAsync("key.to-history")));
        Assert.Equal([], await KmcInvariants.BrokenAsync(kmc));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Old_orders_that_are_open_are_listed_in_portions_and_no_others(StoreEngine engine)
    {
        await using var kmc = await TestKmc.CreateAsync(engine, TimeProvider.System);
        using var transport = RSA.Create(2048);
        var holders = Enumerable.Range(0, 4).Select(i => new TestHolder(kmc.Pki, $"YZ-{i:000000}")).ToList();
        foreach (var (holder, days) in holders.Zip([60, 50, 40, 60]))
        {
            await kmc.HandOutAsync(holder.Order(AlgorithmSuite.P256) with { DecidedAt = kmc.Pki.Now.AddDays(-days) }, holder.Request(Public(transport), AlgorithmSuite.P256));
        }

        await kmc.NotifyAsync(holders[3].Order(AlgorithmSuite.P256), KeyOrderEnd.Confirmed);
        var question = new OpenOrdersQuestion(kmc.Pki.Now.AddDays(-45), 0);
        var all = await kmc.OpenOrdersAsync(question);
        Assert.Equal(holders[..2].Select(h => Convert.ToHexString(h.OrderId)), all.Orders.Select(o => Convert.ToHexString(o.OrderId)));
        Assert.Null(all.Next);
        await using var db = await kmc.DbAsync();
        var first = await db.Orders.OrderBy(o => o.Id).Select(o => o.Id).FirstAsync(TestContext.Current.CancellationToken);
        Assert.Equal(holders[1].OrderId, Assert.Single((await kmc.OpenOrdersAsync(question with { After = first })).Orders).OrderId);
    }

    [Fact]
    public async Task An_unknown_order_can_end_but_not_be_confirmed()
    {
        await using var kmc = await TestKmc.CreateAsync(StoreEngine.Sqlite, TimeProvider.System);
        var holder = new TestHolder(kmc.Pki);
        await kmc.NotifyAsync(holder.Order(Rsa), KeyOrderEnd.Ended);
        Assert.Equal(5006, await RefusedAsync(() => kmc.NotifyAsync(holder.Order(Rsa), KeyOrderEnd.Confirmed)));
        Assert.Equal(5006, await RefusedAsync(() => kmc.NotifyAsync(holder.Order(Rsa), KeyOrderEnd.Revoked)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Many_at_once_for_one_order_spend_one_key(StoreEngine engine)
    {
        await using var kmc = await TestKmc.CreateAsync(engine, TimeProvider.System, new() { Pool = Pool(4) });
        await kmc.Service<FillPool>().RunAsync(TestContext.Current.CancellationToken);
        var holder = new TestHolder(kmc.Pki);
        using var transport = RSA.Create(2048);
        using var other = RSA.Create(2048);
        var keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            Task.Run(() => kmc.HandOutAsync(holder.Order(AlgorithmSuite.P256), holder.Request(Public(i % 2 == 0 ? transport : other), AlgorithmSuite.P256)))));
        Assert.Single(keys.Select(k => Convert.ToHexString(k.Spki)).Distinct());
        Assert.Equal(2, keys.Select(k => Convert.ToHexString(k.Envelope.Der)).Distinct().Count());
        Assert.Equal([], await KmcInvariants.BrokenAsync(kmc));
        await using var db = await kmc.DbAsync();
        Assert.Equal(3, await db.Keys.CountAsync(k => k.State == KeyState.Spare, TestContext.Current.CancellationToken));
        Assert.Equal(2, (await db.Orders.SingleAsync(TestContext.Current.CancellationToken)).HandOuts);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Many_orders_at_once_get_a_key_each_also_when_the_pool_runs_dry(StoreEngine engine)
    {
        await using var kmc = await TestKmc.CreateAsync(engine, TimeProvider.System, new() { Pool = Pool(3) });
        await kmc.Service<FillPool>().RunAsync(TestContext.Current.CancellationToken);
        using var transport = RSA.Create(2048);
        var keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
        {
            var holder = new TestHolder(kmc.Pki, $"YZ-{i:000000}");
            return kmc.HandOutAsync(holder.Order(AlgorithmSuite.P256), holder.Request(Public(transport), AlgorithmSuite.P256));
        })));
        Assert.Equal(8, keys.Select(k => Convert.ToHexString(k.Spki)).Distinct().Count());
        Assert.Equal([], await KmcInvariants.BrokenAsync(kmc));
        await using var db = await kmc.DbAsync();
        Assert.Equal(0, await db.Keys.CountAsync(k => k.State == KeyState.Spare, TestContext.Current.CancellationToken));
        Assert.Equal(8, await db.Keys.CountAsync(k => k.State == KeyState.InUse, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_key_to_wrap_to_must_be_one_that_the_holder_signed_and_that_a_token_opens()
    {
        await using var kmc = await TestKmc.CreateAsync(StoreEngine.Sqlite, TimeProvider.System);
        var holder = new TestHolder(kmc.Pki, signing: AlgorithmSuite.Sm2);
        using var curve = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        using var otherSm2 = SoftwareSigningKey.Generate(AlgorithmSuite.Sm2);
        using var transport = RSA.Create(2048);
        Assert.Equal(5005, await RefusedAsync(() => kmc.HandOutAsync(holder.Order(Rsa), holder.Request(curve.PublicKey))));
        Assert.Equal(5005, await RefusedAsync(() => kmc.HandOutAsync(holder.Order(AlgorithmSuite.Sm2), holder.Request(otherSm2.PublicKey, AlgorithmSuite.Sm2))));
        Assert.Equal(5005, await RefusedAsync(() => kmc.HandOutAsync(holder.Order(Rsa), holder.Request(holder.NewKey.PublicKey))));
        Assert.Equal(5005, await RefusedAsync(() => kmc.HandOutAsync(holder.Order(Rsa) with { CertReqId = 0 }, holder.Request(Public(transport)))));
        Assert.Equal(5001, await RefusedAsync(() => kmc.HandOutAsync(holder.Order(AlgorithmSuite.P384), holder.Request(Public(transport)))));
    }

    [Fact]
    public async Task A_container_s_RSA_signing_key_gets_an_RSA_key_in_the_form_of_SKF_and_no_other_kind()
    {
        await using var kmc = await TestKmc.CreateAsync(StoreEngine.Sqlite, TimeProvider.System);
        var holder = new TestHolder(kmc.Pki, signing: Rsa);
        var key = await kmc.HandOutAsync(holder.Order(Rsa), holder.Request(holder.NewKey.PublicKey));
        Assert.Equal(KeyEnvelopeForm.RsaEncryptedValue, key.Envelope.Form);
        using var signing = RSA.Create();
        signing.ImportPkcs8PrivateKey(holder.NewKey.ExportPkcs8(), out _);
        using var opened = SoftwareSigningKey.FromPkcs8(RsaEncryptedValue.FromDer(key.Envelope.Der).Open(signing));
        Assert.Equal(key.Spki, opened.PublicKey.Spki.ToArray());
        foreach (var kind in (AlgorithmSuite[])[AlgorithmSuite.Sm2, AlgorithmSuite.P256, AlgorithmSuite.Rsa3072])
        {
            Assert.Equal(5005, await RefusedAsync(() => kmc.HandOutAsync(holder.Order(kind) with { OrderId = new byte[16] }, holder.Request(holder.NewKey.PublicKey, kind))));
        }
    }

    [Fact]
    public async Task Behind_a_MAC_a_key_is_wrapped_to_what_the_new_key_signed_and_to_nothing_else()
    {
        await using var kmc = await TestKmc.CreateAsync(StoreEngine.Sqlite, TimeProvider.System);
        var holder = new TestHolder(kmc.Pki);
        using var transport = RSA.Create(2048);
        using var thief = RSA.Create(2048);
        var request = holder.Download(Public(transport));
        var key = await kmc.HandOutAsync(holder.Order(Rsa), request);
        using var opened = SoftwareSigningKey.FromPkcs8(WrappedKey.FromDer(key.Envelope.Der).Open(transport));
        Assert.Equal(key.Spki, opened.PublicKey.Spki.ToArray());

        // Whoever can make the MAC, as the RA can, names another key: in one request or in both.
        var octets = request.Encoded.ToArray();
        var spki = Public(transport).Spki.Span;
        var (first, last) = (octets.AsSpan().IndexOf(spki), octets.AsSpan().LastIndexOf(spki));
        foreach (int[] places in (int[][])[[last], [first], [first, last]])
        {
            var changed = octets.ToArray();
            foreach (var place in places)
            {
                Public(thief).Spki.Span.CopyTo(changed.AsSpan(place)); // as long as the other
            }

            var message = CmpMessage.Parse(changed);
            var again = CmpMessage.Parse(CmpBuilder.Build(
                new(3, message.Recipient!, message.TransactionId, null, kmc.Time.GetUtcNow()), message.BodyOctets, message.Sender!, message.SenderKeyId!,
                CmpMac.NewPbmac1(1000), TestHolder.Secret));
            Assert.Equal(CmpFailure.BadPop, await FailureAsync(() => kmc.HandOutAsync(holder.Order(Rsa) with { OrderId = new byte[16] }, again)));
        }
    }

    [Fact]
    public async Task A_message_that_was_altered_after_the_holder_signed_it_orders_nothing()
    {
        await using var kmc = await TestKmc.CreateAsync(StoreEngine.Sqlite, TimeProvider.System);
        var holder = new TestHolder(kmc.Pki);
        using var transport = RSA.Create(2048);
        using var thief = RSA.Create(2048);
        var octets = holder.Request(Public(transport)).Encoded.ToArray();
        var at = octets.AsSpan().IndexOf(Public(transport).Spki.Span);
        Public(thief).Spki.Span.CopyTo(octets.AsSpan(at)); // as long as the other
        Assert.Equal(CmpFailure.BadMessageCheck, await FailureAsync(() => kmc.HandOutAsync(holder.Order(Rsa), CmpMessage.Parse(octets))));
    }

    [Fact]
    public async Task Only_the_CA_is_served()
    {
        await using var kmc = await TestKmc.CreateAsync(StoreEngine.Sqlite, TimeProvider.System);
        var holder = new TestHolder(kmc.Pki);
        using var transport = RSA.Create(2048);
        var name = kmc.Certificate.Subject.Encoded.ToArray();
        byte[] By(TestPki.Entity signer) => holder.Order(Rsa).Wrap(
            holder.Request(Public(transport)), name, CmpSigner.Of(signer.Key, signer.Der, kmc.Pki.Issuing.Der), kmc.Time.GetUtcNow());

        foreach (var signer in new[] { kmc.Pki.RaSigner, holder.Old, kmc.Pki.Issue("CN=Another CMP", kmc.Pki.Issuing, AlgorithmSuite.P256, ekus: [Oids.CmcCa]) })
        {
            Assert.Equal(CmpFailure.NotAuthorized, await FailureAsync(() => ReadAsync(kmc, By(signer))));
        }

        // The same name, but no path to our root.
        var foreign = new TestPki();
        Assert.Equal(CmpFailure.SignerNotTrusted, await FailureAsync(() => ReadAsync(kmc, By(foreign.Issue("CN=Test CMP", foreign.Issuing, AlgorithmSuite.P256, ekus: [Oids.CmcCa], notAfter: foreign.Now.AddYears(2))))));

        // What the CA renewed is the CA.
        var renewed = kmc.Pki.Issue("CN=Test CMP", kmc.Pki.Issuing, AlgorithmSuite.P256, ekus: [Oids.CmcCa], notAfter: kmc.Pki.Now.AddYears(2));
        Assert.Equal(1, (await ReadAsync(kmc, By(renewed))).HandOuts);
    }

    [Fact]
    public async Task An_answer_of_somebody_else_or_to_another_question_is_not_taken()
    {
        await using var kmc = await TestKmc.CreateAsync(StoreEngine.Sqlite, TimeProvider.System);
        var holder = new TestHolder(kmc.Pki);
        using var transport = RSA.Create(2048);
        var question = kmc.Order(holder.Order(Rsa), holder.Request(Public(transport)));
        var answer = await kmc.AskAsync(question);
        var asked = CmpMessage.Parse(question);
        Assert.Throws<CmpInvalidException>(() => HandedOutKey.Read(answer, new(Certificate.FromDer(kmc.Pki.CmpSigner.Der), Oids.CmKga, kmc.Centre.Chains), asked, kmc.Time.GetUtcNow()));
        Assert.Throws<CmpInvalidException>(() => HandedOutKey.Read(answer, kmc.Pinned, CmpMessage.Parse(kmc.Order(holder.Order(Rsa), holder.Request(Public(transport)))), kmc.Time.GetUtcNow()));
        Assert.Throws<CmpInvalidException>(() => KmcMessages.RequireTaken(answer, kmc.Pinned, asked, kmc.Time.GetUtcNow()));
    }

    internal static PublicKey Public(RSA key) => PublicKey.FromSpki(key.ExportSubjectPublicKeyInfo());

    internal static PoolOptions Pool(int spare) => new() { Spare = new Dictionary<string, int> { ["P-256"] = spare }, CpuPercent = 100 };

    internal static async Task<int> RefusedAsync(Func<Task> act) => CmpProblem.Parse((await Assert.ThrowsAsync<CmpRefusedException>(act)).Message)?.Number ?? 0;

    private static async Task<CmpFailure?> FailureAsync(Func<Task> act) => (await Assert.ThrowsAsync<CmpRefusedException>(act)).Failure;

    private static async Task<HandedOutKey> ReadAsync(TestKmc kmc, byte[] question) => HandedOutKey.Read(await kmc.AskAsync(question), kmc.Pinned, CmpMessage.Parse(question), kmc.Time.GetUtcNow());

    private static async Task<KeyState> StateAsync(TestKmc kmc, byte[] spki)
    {
        await using var db = await kmc.DbAsync();
        return await db.Keys.Where(k => k.Spki == spki).Select(k => k.State).SingleAsync(TestContext.Current.CancellationToken);
    }
}
