using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using Rekey.Ca.Certificates;
using Rekey.Ca.Events;
using Rekey.Ca.Revocation;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Store;
using Rekey.Testing;

namespace Rekey.SystemTests.Ca;

/// <summary>Revoking, holding, ending and CRLs on both engines, without hosted services, at a date of the test's own.</summary>
public sealed class StatusTests(StatusTests.OneCa fixture) : IClassFixture<StatusTests.OneCa>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;
    private readonly FakeTimeProvider time = fixture.Time;
    private readonly TestCa ca = fixture.Ca;

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task Revoking_reaches_every_certificate_of_the_chain_also_expired_and_open_ones(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        var expired = await AddAsync(store, CertificateState.Confirmed, at: time.GetUtcNow().AddYears(-5).AddDays(-100));
        var confirmed = await AddAsync(store, CertificateState.Confirmed, expired);
        var open = await AddAsync(store, CertificateState.Unconfirmed, confirmed);
        var other = await AddAsync(store, CertificateState.Confirmed);

        var changed = await Status(store).RunAsync(
            new(confirmed.Sha256, StatusAction.Revoke, "tester") { Reason = RevocationReason.KeyCompromise, InvalidityDate = time.GetUtcNow().AddDays(-3) }, Ct);

        Assert.Equal([expired.Id, confirmed.Id, open.Id], changed.Select(c => c.Id));
        Assert.Equal(
            [CertificateState.Revoked, CertificateState.Revoked, CertificateState.Revoked, CertificateState.Confirmed],
            await StatesAsync(store, expired, confirmed, open, other));
        Assert.Empty(await Status(store).RunAsync(new(open.Sha256, StatusAction.Revoke, "tester"), Ct));
        Assert.Equal(
            [EventKind.Revoked, EventKind.Revoked, EventKind.Revoked],
            (await new EventFeed(store.Contexts).ReadAsync(4, 100, Ct)).Select(e => e.Kind));
        Assert.Equal(3, await store.Sequencer.RunOnceAsync(Ct));
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task Descendants_alone_leave_what_was_before(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        var old = await AddAsync(store, CertificateState.Confirmed);
        var next = await AddAsync(store, CertificateState.Confirmed, old);
        await Status(store).RunAsync(new(next.Sha256, StatusAction.Revoke, "tester") { Scope = StatusScope.Descendants }, Ct);
        Assert.Equal([CertificateState.Confirmed, CertificateState.Revoked], await StatesAsync(store, old, next));
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task A_hold_ends_where_it_began(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        var old = await AddAsync(store, CertificateState.Confirmed);
        var open = await AddAsync(store, CertificateState.Unconfirmed, old);

        await Status(store).RunAsync(new(old.Sha256, StatusAction.Hold, "tester"), Ct);
        Assert.Equal([CertificateState.Held, CertificateState.Held], await StatesAsync(store, old, open));
        await Status(store).RunAsync(new(old.Sha256, StatusAction.Resume, "tester"), Ct);
        Assert.Equal([CertificateState.Confirmed, CertificateState.Unconfirmed], await StatesAsync(store, old, open));

        await Status(store).RunAsync(new(old.Sha256, StatusAction.Revoke, "tester"), Ct);
        var e = await Assert.ThrowsAsync<ProblemException>(() => Status(store).RunAsync(new(old.Sha256, StatusAction.Resume, "tester"), Ct));
        Assert.Equal(3003, e.Problem.Number);
        e = await Assert.ThrowsAsync<ProblemException>(() => Status(store).RunAsync(new(new byte[32], StatusAction.Hold, "tester"), Ct));
        Assert.Equal(3001, e.Problem.Number);
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task What_nobody_confirms_is_held_after_a_week_and_revoked_a_month_later(StoreEngine engine)
    {
        var clock = new FakeTimeProvider(time.GetUtcNow());
        using var store = await TestStore.CreateAsync(engine, clock);
        var old = await AddAsync(store, CertificateState.Confirmed);
        var open = await AddAsync(store, CertificateState.Unconfirmed, old);
        var end = new EndUnconfirmed(store.Contexts, store.Acts, ca.Authority.Profiles, clock);

        clock.Advance(TimeSpan.FromDays(7));
        Assert.Equal(0, await end.RunAsync(Ct));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, await end.RunAsync(Ct));
        Assert.Equal([CertificateState.Confirmed, CertificateState.Held], await StatesAsync(store, old, open));
        clock.Advance(TimeSpan.FromDays(30) + TimeSpan.FromSeconds(1));
        Assert.Equal(1, await end.RunAsync(Ct));
        Assert.Equal([CertificateState.Confirmed, CertificateState.Revoked], await StatesAsync(store, old, open));
        Assert.Equal(0, await end.RunAsync(Ct));
        Assert.Equal(
            [EventKind.ExpiredUnconfirmed, EventKind.Revoked], (await new EventFeed(store.Contexts).ReadAsync(2, 100, Ct)).Select(e => e.Kind));
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task A_crl_names_what_is_held_or_revoked_and_nothing_unconfirmed(StoreEngine engine)
    {
        var clock = new FakeTimeProvider(time.GetUtcNow());
        using var store = await TestStore.CreateAsync(engine, clock);
        var good = await AddAsync(store, CertificateState.Confirmed);
        await AddAsync(store, CertificateState.Unconfirmed, good);
        var bad = await AddAsync(store, CertificateState.Confirmed);
        var held = await AddAsync(store, CertificateState.Confirmed);
        var crls = new IssueCrl(store.Contexts, store.Acts, new EventFeed(store.Contexts), ca.Authority, clock);

        Assert.Equal(1, await crls.RunAsync(Ct));
        Assert.Equal(0, await crls.RunAsync(Ct));
        Assert.Empty((await NewestAsync(store)).Entries);

        var status = new ChangeStatus(store.Acts, ca.Authority.Profiles, clock);
        await status.RunAsync(new(bad.Sha256, StatusAction.Revoke, "tester") { Reason = RevocationReason.AffiliationChanged }, Ct);
        await status.RunAsync(new(held.Sha256, StatusAction.Hold, "tester"), Ct);
        Assert.Equal(0, await crls.RunAsync(Ct)); // not within half a minute
        clock.Advance(IssueCrl.LeastInterval);
        Assert.Equal(1, await crls.RunAsync(Ct));

        var crl = await NewestAsync(store);
        Assert.True(crl.Verify(ca.Authority.Issuers[0].Certificate.PublicKey));
        Assert.Equal(2, (int)crl.Number!.Value);
        Assert.Equal([3, 6], new[] { crl.Find(bad.SerialHex)!.Reason, crl.Find(held.SerialHex)!.Reason });
        Assert.Equal(2, crl.Entries.Count);

        await status.RunAsync(new(held.Sha256, StatusAction.Resume, "tester"), Ct);
        clock.Advance(IssueCrl.LeastInterval);
        Assert.Equal(1, await crls.RunAsync(Ct));
        Assert.Null((await NewestAsync(store)).Find(held.SerialHex));

        clock.Advance(TimeSpan.FromHours(11.9));
        Assert.Equal(0, await crls.RunAsync(Ct));
        clock.Advance(TimeSpan.FromHours(0.2));
        Assert.Equal(1, await crls.RunAsync(Ct)); // on schedule
    }

    [Fact]
    public async Task A_revocation_waits_for_the_issuing_that_holds_the_chain_and_finds_what_it_issued()
    {
        using var store = await TestStore.CreateAsync(StoreEngine.Postgres, time);
        var old = await AddAsync(store, CertificateState.Confirmed);
        await using var issuing = await store.Acts.BeginAsync(Ct);
        await issuing.Db.TakeChainLockAsync(old.ChainId, Ct);

        var revoking = Status(store).RunAsync(new(old.Sha256, StatusAction.Revoke, "tester"), Ct);
        Assert.NotSame(revoking, await Task.WhenAny(revoking, Task.Delay(300, Ct)));
        using var key = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        var next = await CaHost.AddAsync(issuing.Db, ca, ca.IssuePerson(key.PublicKey), CertificateState.Unconfirmed, old);
        await issuing.CommitAsync(Ct);

        Assert.Equal([old.Id, next.Id], (await revoking).Select(c => c.Id));
    }

    private ChangeStatus Status(TestStore store) => new(store.Acts, ca.Authority.Profiles, time);

    private async Task<CertificateRecord> AddAsync(TestStore store, CertificateState state, CertificateRecord? from = null, DateTimeOffset? at = null)
    {
        using var key = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        await using var db = await store.Contexts.CreateDbContextAsync(Ct);
        var record = await CaHost.AddAsync(db, ca, ca.IssuePerson(key.PublicKey, at: at), state, from);
        await db.SaveChangesAsync(Ct);
        return record;
    }

    private static async Task<IEnumerable<CertificateState>> StatesAsync(TestStore store, params CertificateRecord[] records)
    {
        await using var db = await store.Contexts.CreateDbContextAsync(Ct);
        var states = await db.Certificates.ToDictionaryAsync(c => c.Id, c => c.State, Ct);
        return records.Select(r => states[r.Id]);
    }

    private static async Task<CertificateRevocationList> NewestAsync(TestStore store)
    {
        await using var db = await store.Contexts.CreateDbContextAsync(Ct);
        return CertificateRevocationList.Read(await db.Crls.OrderByDescending(c => c.Number).Select(c => c.Der).FirstAsync(Ct));
    }

    public sealed class OneCa : IDisposable
    {
        public OneCa() => Ca = new(Time);

        public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 5, 2, 0, 0, TimeSpan.Zero));

        public TestCa Ca { get; }

        public void Dispose() => Ca.Dispose();
    }
}
