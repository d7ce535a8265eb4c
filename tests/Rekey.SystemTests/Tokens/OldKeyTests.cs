using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;
using Rekey.Ra.OldKeys;
using Rekey.Ra.Store;
using Rekey.Store.Audit;
using Rekey.SystemTests.Faults;
using Rekey.Testing.Faults;
using Rekey.Tokens;

namespace Rekey.SystemTests.Tokens;

/// <summary>Old keys through a whole institution: what a business system needs stays on the token, and goes with the renewal after its date.</summary>
public sealed class OldKeyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("P-256", "RSA-2048", false)]
    [InlineData("SM2", "SM2", true)]
    public async Task An_old_encryption_key_stays_while_a_business_system_needs_it_and_goes_with_the_renewal_after_that(string signing, string encryption, bool skf)
    {
        Assert.True(AlgorithmSuite.TryParse(signing, out var suite) & AlgorithmSuite.TryParse(encryption, out var half));
        await using var site = await FaultSite.StartAsync(suite, encryption: half, skf: skf, profiles: OftenAndOneDay);
        await using var rig = await HolderRig.EnrolAsync(site);
        var first = Opening(rig).Single();
        await NeedAsync(site, first, days: 3);

        // The key just replaced stays in any case.
        Assert.Null(await rig.RunAsync(Cancel));
        Assert.Equal(2, Opening(rig).Count);

        // Its one day is over, and it is needed.
        rig.TurnToNew();
        site.Time.Pass(TimeSpan.FromDays(2));
        Assert.Null(await rig.RunAsync(Cancel));
        Assert.Equal(3, Opening(rig).Count);
        Assert.Contains(Opening(rig), c => c.AsSpan().SequenceEqual(first));
        Assert.Equal(0, await AuditedAsync(site, "old-key.released"));

        // The date has passed; both older keys go, and the one just replaced stays.
        rig.TurnToNew();
        var second = Opening(rig).Except([first], new SameOctets()).ToList();
        site.Time.Pass(TimeSpan.FromDays(2));
        Assert.Null(await rig.RunAsync(Cancel));
        var left = Opening(rig);
        Assert.Equal(2, left.Count);
        Assert.DoesNotContain(left, c => c.AsSpan().SequenceEqual(first));
        Assert.Single(left.Intersect(second, new SameOctets()));
        Assert.Equal(2, await AuditedAsync(site, "old-key.released"));
        Assert.Single(rig.OnToken(t => t.ListPairs()), p => p.Use == PairUse.Signing);
        Found.Nothing(await StoreInvariants.BrokenAsync(site.View()));
    }

    [Fact]
    public async Task A_key_that_signs_and_opens_stays_with_its_certificate_until_the_date_has_passed()
    {
        await using var site = await FaultSite.StartAsync(
            AlgorithmSuite.P256,
            profiles: yaml => OftenAndOneDay(yaml).Replace("keyUsage: [digitalSignature, nonRepudiation]", "keyUsage: [digitalSignature, nonRepudiation, keyAgreement]", StringComparison.Ordinal));
        await using var rig = await HolderRig.EnrolAsync(site);
        var first = rig.OldCertificate;
        await NeedAsync(site, first, days: 3);

        Assert.Null(await rig.RunAsync(Cancel));
        Assert.Equal(2, rig.OnToken(t => t.ListPairs()).Count);
        Assert.Equal(1, await AuditedAsync(site, "old-key.kept"));

        // It is renewed, though its pair is there to see.
        Assert.Equal(3005, (await rig.RunAsync(Cancel))?.Number);

        rig.TurnToNew();
        site.Time.Pass(TimeSpan.FromDays(4));
        Assert.Null(await rig.RunAsync(Cancel));
        var left = Assert.Single(rig.OnToken(t => t.ListPairs()));
        Assert.NotEqual(first, left.Certificate);
        Assert.NotEqual(rig.OldCertificate, left.Certificate);
    }

    [Fact]
    public async Task Where_the_profile_waits_a_renewal_begins_after_the_date()
    {
        await using var site = await FaultSite.StartAsync(
            encryption: AlgorithmSuite.P256, profiles: yaml => yaml.Replace("whileOldKeyIsNeeded: warn", "whileOldKeyIsNeeded: wait", StringComparison.Ordinal));
        await using var rig = await HolderRig.EnrolAsync(site);
        var until = await NeedAsync(site, Opening(rig).Single(), days: 1);

        Assert.Equal(Problems.RenewalWaits("云泽市公共资源交易平台", until), await rig.RunAsync(Cancel));
        site.Time.Pass(TimeSpan.FromDays(2));
        Assert.Null(await rig.RunAsync(Cancel));
    }

    // A certificate can be renewed at any time, counted from today; an old encryption key goes a day after its successor came.
    private static string OftenAndOneDay(string yaml) => yaml
        .Replace("daysBefore: 90 ", "daysBefore: 3650 ", StringComparison.Ordinal)
        .Replace("extendFrom: expiry ", "extendFrom: issue ", StringComparison.Ordinal)
        .Replace("retireEncryption: never ", "retireEncryption: after 1 day ", StringComparison.Ordinal);

    /// <summary>Certificates on the token whose key opens what is encrypted for them.</summary>
    private static IReadOnlyList<byte[]> Opening(HolderRig rig) => rig.OnToken(token => (IReadOnlyList<byte[]>)
    [
        .. token.ListPairs().Where(p => p is { Use: PairUse.Encryption, Certificate: not null })
            .Where(p => token.Opens(p.Id, EncryptionProbe.For(Pki.Certificates.Certificate.FromDer(p.Certificate!).PublicKey))).Select(p => p.Certificate!),
    ]);

    private static async Task<DateOnly> NeedAsync(FaultSite site, byte[] certificate, int days)
    {
        const string Name = "云泽市公共资源交易平台";
        await site.Services.GetRequiredService<RelyingParties>().AddAsync(Name, "test", Cancel);
        await using var db = await site.Services.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync(Cancel);
        var party = await db.RelyingParties.SingleAsync(p => p.Name == Name, Cancel);
        var until = Contract.Renewal.RenewalWindow.CalendarDay(site.Time.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai")).AddDays(days);
        var wish = new NeedWish(new(Sha256: Convert.ToHexString(SHA256.HashData(certificate))), until, "开标");
        await site.Services.GetRequiredService<RegisterNeed>().PutAsync(party, "tender-1", wish, Cancel);
        return until;
    }

    private static async Task<int> AuditedAsync(FaultSite site, string kind)
    {
        await using var db = await site.Services.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync(Cancel);
        return await db.Set<AuditEntryRow>().CountAsync(e => e.Kind == kind, Cancel);
    }

    private sealed class SameOctets : IEqualityComparer<byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => obj.Length;
    }
}
