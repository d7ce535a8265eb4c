using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Cmp;
using Rekey.Ra.Operators;
using Rekey.Ra.Overview;
using Rekey.Ra.Sessions;
using Rekey.Ra.Subscribers;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Ra;

/// <summary>What the overview counts, and whose requests somebody sees and decides about.</summary>
public sealed class OverviewTests : IAsyncLifetime
{
    private const string Yunze = "12370100MB1234562C";

    private PortalHost portal = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ReadOverview Overview => portal.Services.GetRequiredService<ReadOverview>();

    public async ValueTask InitializeAsync() => portal = await PortalHost.StartAsync(); // 24 November 2026

    public ValueTask DisposeAsync() => portal.DisposeAsync();

    [Fact]
    public async Task Certificates_in_use_count_in_the_week_of_their_expiry_a_pair_once()
    {
        var first = await ExpiringAsync("2026-11-24", Yunze); // midnight: expired this morning
        await portal.RegisterHalfAsync(first);
        await ExpiringAsync("2026-11-30");
        await ExpiringAsync("2026-12-01");
        await ExpiringAsync("2027-02-22"); // 90 days
        await ExpiringAsync("2027-02-23");
        await ExpiringAsync("2027-11-22");
        await ExpiringAsync("2027-11-23"); // the 52 weeks are over
        await ExpiringAsync("2026-01-28"); // 300 days ago
        await ExpiringAsync("2026-01-27");
        await ExpiringAsync("2026-12-02", state: CertificateState.Superseded);
        await ExpiringAsync("2026-12-02", state: CertificateState.Revoked);

        var all = await Overview.ReadAsync(OperatorScope.All, Cancel);

        Assert.Equal(new Dictionary<int, int> { [0] = 2, [1] = 1, [12] = 1, [13] = 1, [51] = 1 }, Counted(all.Weeks));
        Assert.Equal((3, 2), (all.Due, all.Expired));
        var mine = await Overview.ReadAsync(OperatorScope.Parse("3701"), Cancel);
        Assert.Equal((1, 0, 1), (mine.Weeks.Sum(), mine.Due, mine.Expired));
    }

    [Fact]
    public async Task Figures_are_as_old_as_they_may_be_and_no_older()
    {
        Assert.Equal(0, (await Overview.ReadAsync(OperatorScope.All, Cancel)).Due);
        await ExpiringAsync("2026-12-01");
        Assert.Equal(0, (await Overview.ReadAsync(OperatorScope.All, Cancel)).Due);
        portal.Time.Jump(ReadOverview.Kept);
        Assert.Equal(1, (await Overview.ReadAsync(OperatorScope.All, Cancel)).Due);
    }

    [Fact]
    public async Task Visits_that_a_problem_stopped_count_by_its_number_for_seven_days()
    {
        var now = portal.Time.GetUtcNow();
        await using (var db = await portal.DatabaseAsync())
        {
            db.Sessions.Add(new Session
            {
                Id = "a",
                CookieSecretSha256 = new byte[32],
                CheckCode = "123456",
                LookupCode = "AB1234",
                Language = "zh-CN",
                CreatedAt = now,
                KeepUntil = now.AddDays(7),
                TicketExpiresAt = now,
            });
            var events = new (SessionEvent Event, double DaysAgo)[]
            {
                (new FailedEvent(WireProblem.Of(Problems.PinWrong(3))), 1), (new FailedEvent(WireProblem.Of(Problems.PinWrong(2))), 2),
                (new FailedEvent(WireProblem.Of(Problems.CertificateUnknown())), 6.9), (new FailedEvent(WireProblem.Of(Problems.CertificateUnknown())), 7.1), (new CreatedEvent(), 1),
            };
            db.SessionEvents.AddRange(events.Select((e, i) => new SessionEventRow { SessionId = "a", Seq = i + 1, At = now.AddDays(-e.DaysAgo), Json = JsonSerializer.Serialize(e.Event, BridgeJson.Default.SessionEvent) }));
            await db.SaveChangesAsync(Cancel);
        }

        Assert.Equal([(Problems.PinWrong(3).Number, 2), (3001, 1)], (await Overview.ReadAsync(OperatorScope.All, Cancel)).Failures);
    }

    [Fact]
    public async Task Requests_outside_the_scope_are_not_there()
    {
        var decide = portal.Services.GetRequiredService<DecideWaiting>();
        var (mine, others) = (OperatorScope.Parse("3701"), OperatorScope.Parse("38"));
        await WaitingAsync("R-1");
        Assert.Equal((0, 1), ((await Overview.WaitingAsync(others, Cancel)).Count, (await Overview.WaitingAsync(mine, Cancel)).Count));
        Assert.Equal(DecisionOutcome.NoReference, await decide.ApproveAsync("R-1", others, "operator:A", Cancel));
        Assert.Equal(DecisionOutcome.NoReference, await decide.RefuseAsync("R-1", "无", others, "operator:A", Cancel));
        Assert.Empty(await decide.ListAsync(others, Cancel));
        Assert.Equal(DecisionOutcome.Done, await decide.ApproveAsync("R-1", mine, "operator:B", Cancel));
        Assert.Equal(DecisionOutcome.ApprovedBefore, await decide.RefuseAsync("R-1", "无", OperatorScope.All, "operator:C", Cancel));
        Assert.Equal([("reference.approved", "operator:B", "done")], await portal.AuditAsync("reference:R-1"));
    }

    private static Dictionary<int, int> Counted(IReadOnlyList<int> weeks) => weeks.Select((count, week) => (count, week)).Where(w => w.count > 0).ToDictionary(w => w.week, w => w.count);

    private Task<RegisteredCertificate> ExpiringAsync(string day, string? code = null, CertificateState state = CertificateState.Active) =>
        portal.RegisterAsync(portal.Pki.Issue($"到期于 {day}", DemoPki.Day("2022-01-01"), DemoPki.Day(day)), subscriber: s => s.CreditCode = code, state: state);

    private async Task WaitingAsync(string reference)
    {
        var holder = await ExpiringAsync("2027-01-01", Yunze);
        await using var db = await portal.DatabaseAsync();
        var row = new CmpReference { Reference = reference, SealedSecret = [1], SubscriberId = holder.SubscriberId, Profile = "default", ExpiresAt = portal.Time.GetUtcNow().AddDays(1), SpkiSha256 = new byte[32] };
        db.CmpReferences.Add(row);
        await db.SaveChangesAsync(Cancel);
        db.WaitingRequests.Add(new WaitingRequest { ReferenceId = row.Id, TransactionId = [1], Message = [0x30, 0], ReceivedAt = portal.Time.GetUtcNow() });
        await db.SaveChangesAsync(Cancel);
    }
}
