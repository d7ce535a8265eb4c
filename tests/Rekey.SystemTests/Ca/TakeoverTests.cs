using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Rekey.Ca.Certificates;
using Rekey.Ca.Configuration;
using Rekey.Ca.Revocation;
using Rekey.Ca.Takeover;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Store;
using Rekey.Testing;

namespace Rekey.SystemTests.Ca;

/// <summary>Taking over the certificates of another CA, whose only word is its CRL.</summary>
public sealed class TakeoverTests(TakeoverTests.TwoCas fixture) : IClassFixture<TakeoverTests.TwoCas>, IDisposable
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;
    private readonly FakeTimeProvider time = new(fixture.Start);
    private readonly string file = Path.Combine(Path.GetTempPath(), $"rekey-crl-{Guid.NewGuid():N}.crl");
    private int number;

    private Certificate Foreign => fixture.Other.Authority.Issuers[0].Certificate;

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task A_foreign_certificate_is_adopted_while_its_ca_says_that_it_is_good(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        WriteCrl();
        await new RegisterForeignIssuer(store.Acts).RunAsync(new("old-ca", Foreign, "tester") { CrlSource = file }, Ct);
        var (good, bad) = (Holder(), Holder());
        WriteCrl(new CrlEntry(bad.SerialHex, time.GetUtcNow(), 1));
        await Follow(store).RunAsync(Ct);

        var record = await Adopt(store).RunAsync(good, "person-signing", "YZ-1", "ra", Ct);
        Assert.Equal((CertificateState.Confirmed, good.SerialHex), (record!.State, record.SerialHex));
        Assert.Equal(record.Id, (await Adopt(store).RunAsync(good, "person-signing", "YZ-1", "ra", Ct))!.Id);
        Assert.Equal(3003, (await Assert.ThrowsAsync<ProblemException>(() => Adopt(store).RunAsync(bad, "person-signing", "YZ-2", "ra", Ct))).Problem.Number);
        Assert.Null(await Adopt(store).RunAsync(fixture.Own.IssuePerson(fixture.Key.PublicKey), "person-signing", "YZ-3", "ra", Ct));
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task Without_fresh_status_it_is_refused(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        WriteCrl();
        await new RegisterForeignIssuer(store.Acts).RunAsync(new("old-ca", Foreign, "tester") { CrlSource = file }, Ct);
        time.Advance(TimeSpan.FromDays(3));
        File.Delete(file);
        await Follow(store).RunAsync(Ct); // cannot be had; logged
        Assert.Equal(3009, (await Assert.ThrowsAsync<ProblemException>(() => Adopt(store).RunAsync(Holder(), "person-signing", "YZ-1", "ra", Ct))).Problem.Number);

        WriteCrl();
        await Follow(store).RunAsync(Ct);
        Assert.NotNull(await Adopt(store).RunAsync(Holder(), "person-signing", "YZ-1", "ra", Ct));
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task What_is_revoked_there_takes_its_renewal_here_along(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        WriteCrl();
        await new RegisterForeignIssuer(store.Acts).RunAsync(new("old-ca", Foreign, "tester") { CrlSource = file }, Ct);
        var old = Holder();
        var record = await Adopt(store).RunAsync(old, "person-signing", "YZ-1", "ra", Ct);
        await using (var db = await store.Contexts.CreateDbContextAsync(Ct))
        {
            await CaHost.AddAsync(db, fixture.Own, fixture.Own.IssuePerson(fixture.Key.PublicKey), CertificateState.Confirmed, record);
            await db.SaveChangesAsync(Ct);
        }

        time.Advance(TimeSpan.FromHours(1));
        WriteCrl(new CrlEntry(old.SerialHex, time.GetUtcNow(), 1));
        await Follow(store).RunAsync(Ct);

        await using var after = await store.Contexts.CreateDbContextAsync(Ct);
        Assert.Equal([CertificateState.Revoked, CertificateState.Revoked], await after.Certificates.Select(c => c.State).ToListAsync(Ct));
    }

    [Fact]
    public async Task A_crl_of_somebody_else_and_a_certificate_of_no_ca_are_refused()
    {
        using var store = await TestStore.CreateAsync(StoreEngine.Sqlite, time);
        var register = new RegisterForeignIssuer(store.Acts);
        WriteCrl();
        var own = fixture.Own.Authority.Issuers[0].Certificate;
        Assert.Contains("is not signed by", (await Assert.ThrowsAsync<ConfigurationException>(() => register.RunAsync(new("x", own, "tester") { CrlSource = file }, Ct))).Message, StringComparison.Ordinal);
        Assert.Contains("not a CA's", (await Assert.ThrowsAsync<ConfigurationException>(() => register.RunAsync(new("x", Holder(), "tester") { CrlSource = file }, Ct))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ConfigurationException>(() => register.RunAsync(new("x", Foreign, "tester"), Ct));
        await Assert.ThrowsAsync<ConfigurationException>(() => register.RunAsync(new("x", Foreign, "tester") { CrlSource = file + ".none" }, Ct));
    }

    public void Dispose() => File.Delete(file);

    private Certificate Holder()
    {
        using var key = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        return fixture.Other.IssuePerson(key.PublicKey);
    }

    private void WriteCrl(params CrlEntry[] entries)
    {
        var now = time.GetUtcNow().AddSeconds(++number);
        var template = new CrlTemplate { Number = number, ThisUpdate = now, NextUpdate = now.AddDays(2), Entries = entries };
        File.WriteAllBytes(file, CrlBuilder.Sign(template, Foreign, fixture.Other.Authority.Issuers[0].Identity.Key));
    }

    private AdoptForeignCertificate Adopt(TestStore store) => new(store.Acts, new ForeignStatus(fixture.Own.Authority.Profiles.Zone, time), time);

    private FollowForeignCrls Follow(TestStore store) => new(
        store.Contexts, new ChangeStatus(store.Acts, fixture.Own.Authority.Profiles, time), NullLogger<FollowForeignCrls>.Instance);

    public sealed class TwoCas : IDisposable
    {
        public TwoCas()
        {
            var time = new FakeTimeProvider(Start);
            Own = new(time);
            Other = new(time, change: o => o with { IssuingSubject = DistinguishedName.Parse("CN=旧签发 CA,O=云泽市旧认证中心,C=CN") });
        }

        public DateTimeOffset Start { get; } = new(2026, 11, 5, 2, 0, 0, TimeSpan.Zero);

        public SoftwareSigningKey Key { get; } = SoftwareSigningKey.Generate(AlgorithmSuite.P256);

        public TestCa Own { get; }

        public TestCa Other { get; }

        public void Dispose()
        {
            Own.Dispose();
            Other.Dispose();
            Key.Dispose();
        }
    }
}
