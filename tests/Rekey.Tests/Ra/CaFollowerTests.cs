using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Rekey.Contract.Upstream;
using Rekey.Ra.Cmp;
using Rekey.Ra.Notices;
using Rekey.Ra.Renewal;
using Rekey.Ra.Sessions;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Ra;

/// <summary>How the RA follows the CA's events when something is odd about them.</summary>
public sealed class CaFollowerTests : IAsyncLifetime
{
    private readonly ScriptedCa ca = new();
    private PortalHost portal = null!;
    private RegisteredCertificate old = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        portal = await PortalHost.StartAsync();
        old = await portal.RegisterAsync(portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26")));
    }

    public ValueTask DisposeAsync() => portal.DisposeAsync();

    [Fact]
    public async Task A_certificate_of_a_renewal_that_this_store_does_not_know_is_recorded_all_the_same()
    {
        var renewed = portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2026-11-24"), DemoPki.Day("2031-12-26"));
        var renewalId = RandomNumberGenerator.GetBytes(16);
        ca.Add(CaEventKind.Issued, renewed, old.Subscriber.StableId, renewalId);
        ca.Add(CaEventKind.Confirmed, renewed, old.Subscriber.StableId, renewalId);

        using var follower = Follower();
        await follower.CatchUpAsync(Cancel);

        await using var db = await portal.DatabaseAsync();
        var sha256 = CertificateFacts.Read(renewed)!.Sha256;
        var known = await db.Certificates.SingleAsync(c => c.Sha256 == sha256, Cancel);
        Assert.Equal((CertificateState.Active, old.SubscriberId), (known.State, known.SubscriberId));
        Assert.Equal(2, await db.CaCursorAsync(Cancel));
    }

    [Fact]
    public async Task An_event_that_cannot_be_applied_holds_up_none_before_it_and_is_tried_again()
    {
        var good = portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2026-11-24"), DemoPki.Day("2031-12-26"));
        ca.Add(CaEventKind.Issued, good, old.Subscriber.StableId);
        ca.Add(CaEventKind.Issued, [1, 2, 3], old.Subscriber.StableId);

        using var follower = Follower();
        for (var tries = 0; tries < 2; tries++)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => follower.CatchUpAsync(Cancel));
        }

        await using var db = await portal.DatabaseAsync();
        var sha256 = CertificateFacts.Read(good)!.Sha256;
        Assert.True(await db.Certificates.AnyAsync(c => c.Sha256 == sha256, Cancel));
        Assert.Equal(1, await db.CaCursorAsync(Cancel));

        ca.Events[1] = ca.Events[1] with { Certificate = portal.Pki.Issue("云泽市第二人民医院", DemoPki.Day("2026-11-24"), DemoPki.Day("2031-12-26")) };
        await follower.CatchUpAsync(Cancel);
        Assert.Equal(2, await db.CaCursorAsync(Cancel));
    }

    [Fact]
    public async Task Two_that_follow_at_once_apply_each_event_once()
    {
        for (var i = 0; i < 20; i++)
        {
            ca.Add(CaEventKind.Issued, portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2026-11-24"), DemoPki.Day("2031-12-26")), old.Subscriber.StableId);
        }

        using var first = Follower();
        using var second = Follower();
        await Task.WhenAll(first.CatchUpAsync(Cancel), second.CatchUpAsync(Cancel));

        await using var db = await portal.DatabaseAsync();
        Assert.Equal(21, await db.Certificates.CountAsync(Cancel));
        Assert.Equal(20, await db.CaCursorAsync(Cancel));
    }

    [Fact]
    public async Task Of_each_recovery_of_a_key_the_holder_is_told_once_and_one_of_an_unknown_certificate_holds_up_nothing()
    {
        var (first, second) = (RandomNumberGenerator.GetBytes(16), RandomNumberGenerator.GetBytes(16));
        foreach (var (order, certificate) in new[] { (first, old.Der), (RandomNumberGenerator.GetBytes(16), [1, 2, 3]), (second, old.Der) })
        {
            ca.Add(CaEventKind.KeyRecovered, certificate, old.Subscriber.StableId);
            ca.Events[^1] = ca.Events[^1] with { Certificate = null, RecoveryId = order };
        }

        using var follower = Follower();
        await follower.CatchUpAsync(Cancel);
        await follower.CatchUpAsync(Cancel);

        await using var db = await portal.DatabaseAsync();
        var notices = await db.Outbox.OrderBy(n => n.Id).ToListAsync(Cancel);
        Assert.All(notices, n => Assert.Equal((NoticeKind.KeyRecovered, old.Id, old.SubscriberId), (n.Kind, n.CertificateId, n.SubscriberId)));
        Assert.Equal([Convert.ToHexStringLower(first), Convert.ToHexStringLower(second)], notices.Select(n => n.Reference));
        Assert.Equal(3, await db.CaCursorAsync(Cancel));
    }

    private CaFollower Follower() => new(
        portal.Services.GetRequiredService<IDbContextFactory<RaDbContext>>(), ca, portal.Services.GetRequiredService<SessionFeed>(), portal.Time, NullLogger<CaFollower>.Instance);

    private sealed class ScriptedCa : ICaUpstream
    {
        public List<CaEvent> Events { get; } = [];

        public void Add(CaEventKind kind, byte[] certificate, string subscriber, byte[]? renewalId = null) => Events.Add(new(
            Events.Count + 1, kind, DemoPki.Day("2026-11-24"), SHA256.HashData(certificate), certificate, renewalId, subscriber, "default", null));

        public Task<byte[]> ExchangeAsync(ReadOnlyMemory<byte> message, CancellationToken cancel) => throw new CaUnreachableException("there is no CA in this test");

        public Task<IReadOnlyList<CaEvent>> EventsAsync(long after, int max, CancellationToken cancel) =>
            Task.FromResult<IReadOnlyList<CaEvent>>([.. Events.Where(e => e.Seq > after).Take(max)]);
    }
}
