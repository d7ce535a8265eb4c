using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Renewal;
using Rekey.Ra.Subscribers;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Ra;

/// <summary>Old keys in a session: what the page is told of them before the PIN, and what the agent is told to remove.</summary>
public sealed class OldKeySessionTests : IAsyncLifetime
{
    private const string Archive = "云泽市档案馆";

    private PortalHost portal = null!;
    private FakeBrowser browser = null!;
    private FakeAgent agent = null!;
    private RegisteredCertificate present = null!;
    private RegisteredCertificate presentHalf = null!;
    private RegisteredCertificate older = null!;
    private RegisteredCertificate olderHalf = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // A holder with a pair, and the pair before it, renewed two years ago and still whole on the token.
    public async ValueTask InitializeAsync()
    {
        portal = await PortalHost.StartAsync(o => o with
        {
            Renewal = new() { Profiles = new Dictionary<string, Rekey.Ra.ProfileRule> { ["default"] = new() { KeyType = "P-256", EncryptionKeyType = "P-256", RetireEncryptionAfterDays = 30 } } },
        });
        present = await portal.RegisterAsync(portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2024-11-01"), DemoPki.Day("2026-12-26")));
        presentHalf = await portal.RegisterHalfAsync(present);
        older = await portal.RegisterAsync(portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2020-01-01"), DemoPki.Day("2024-12-26")), state: CertificateState.Superseded);
        olderHalf = await portal.RegisterHalfAsync(older);
        await using var db = await portal.DatabaseAsync();
        await db.Certificates.Where(c => c.SubscriberId == older.SubscriberId).ExecuteUpdateAsync(c => c.SetProperty(x => x.SubscriberId, present.SubscriberId));
        db.Renewals.Add(new RenewalRecord
        {
            RenewalId = new byte[16],
            OldCertificateId = older.Id,
            State = RenewalState.Confirmed,
            StartedAt = DemoPki.Day("2024-11-01"),
            EndedAt = DemoPki.Day("2024-11-01"),
            KeyType = "P-256",
            Token = new("", "", "", ""),
        });
        await db.SaveChangesAsync();
        browser = await FakeBrowser.WithSessionAsync(portal.Address);
        agent = await FakeAgent.AttachAsync(browser.Session.LaunchUri);
        await agent.ListAsync(present.Der, presentHalf.Der, older.Der, olderHalf.Der);
    }

    public async ValueTask DisposeAsync()
    {
        agent.Dispose();
        browser.Dispose();
        await portal.DisposeAsync();
    }

    [Fact]
    public async Task What_may_go_is_in_the_command_and_marked_as_released()
    {
        var command = await BeginAsync();

        Assert.Equal([Hex(older), Hex(olderHalf)], command.Remove);
        Assert.True(command.Retire);
        Assert.Equal([older.Id, olderHalf.Id], await ReleasedAsync());
    }

    [Fact]
    public async Task What_is_needed_is_not_and_the_mark_is_taken_back_when_a_date_comes_in_time()
    {
        await BeginAsync();
        await portal.NeedAsync(olderHalf, Archive, "2026-11-24", "归档文件");
        using var again = await FakeAgent.AttachAsync((await browser.RelaunchAsync()).LaunchUri);
        await again.ListAsync(present.Der, presentHalf.Der, older.Der, olderHalf.Der);

        Assert.Equal([Hex(older)], (await again.CommandAsync<RenewCommand>()).Remove);
        Assert.Equal([older.Id], await ReleasedAsync());
    }

    [Fact]
    public async Task The_holder_is_told_who_needs_the_present_key_and_nothing_is_in_the_way()
    {
        await portal.NeedAsync(presentHalf, Archive, "2027-01-31", "归档文件");

        Assert.Equal([Hex(older), Hex(olderHalf)], (await BeginAsync()).Remove);
        var check = Assert.Single((await browser.EventAsync<ReadyEvent>()).Checks, c => c.Kind == PreflightKind.OldKey);
        Assert.Equal((PreflightOutcome.Warning, Problems.OldKeyNeeded(Archive, new(2027, 1, 31), "归档文件")), (check.Outcome, check.Problem!.ToProblem()));
    }

    [Fact]
    public async Task Where_nobody_needs_it_the_check_says_so()
    {
        await BeginAsync();

        Assert.Equal(PreflightOutcome.Ok, Assert.Single((await browser.EventAsync<ReadyEvent>()).Checks, c => c.Kind == PreflightKind.OldKey).Outcome);
    }

    [Fact]
    public async Task A_token_that_is_full_because_an_old_key_is_needed_says_for_whom_it_is_kept()
    {
        await portal.NeedAsync(olderHalf, Archive, "2027-01-31", "归档文件");
        using var select = await browser.SelectAsync(Hex(present));
        await agent.PassPreflightAsync(new PreflightCheck(PreflightKind.Room, PreflightOutcome.Failed, WireProblem.Of(Problems.TokenFull())));

        Assert.Equal(Problems.NoRoomBesideNeededKey(Archive, new(2027, 1, 31)), (await browser.EventAsync<ReadyEvent>()).Checks[0].Problem!.ToProblem());
    }

    private async Task<RenewCommand> BeginAsync()
    {
        using var select = await browser.SelectAsync(Hex(present));
        await agent.PassPreflightAsync();
        await browser.EventAsync<ReadyEvent>();
        using var start = await browser.ActAsync("start");
        return await agent.CommandAsync<RenewCommand>();
    }

    private async Task<IReadOnlyList<long>> ReleasedAsync()
    {
        await using var db = await portal.DatabaseAsync();
        return await db.Certificates.Where(c => c.KeyReleasedAt != null).OrderBy(c => c.Id).Select(c => c.Id).ToListAsync(Cancel);
    }

    private static string Hex(RegisteredCertificate certificate) => Convert.ToHexStringLower(certificate.Sha256);
}
