using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Store;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Ra;

/// <summary>A download's session between page, agent and portal, with a CA that is told what it does.</summary>
public sealed class DownloadSessionTests : IAsyncLifetime
{
    private PortalHost portal = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => portal = await PortalHost.StartAsync();

    public ValueTask DisposeAsync() => portal.DisposeAsync();

    [Fact]
    public async Task The_only_token_is_chosen_the_codes_are_kept_nowhere_and_the_end_is_the_CAs()
    {
        var (reference, code) = await portal.AuthoriseAsync();
        using var page = await OpenAsync(reference, code);
        using var agent = await FakeAgent.AttachAsync(page.Session.LaunchUri);
        Assert.Equal((SessionPurpose.Download, "云泽市图书馆"), (agent.Attached.Purpose, agent.Attached.Holder));
        await agent.ListAsync();
        await agent.PassDownloadPreflightAsync();
        Assert.All((await page.EventAsync<ReadyEvent>()).Checks, c => Assert.Equal(PreflightOutcome.Ok, c.Outcome));
        using (var started = await page.ActAsync("start"))
        {
            started.EnsureSuccessStatusCode();
        }

        var command = await agent.CommandAsync<DownloadCommand>();
        Assert.Equal(32, Convert.FromBase64String(command.Secret).Length);
        Assert.Equal(reference, command.Reference);
        Assert.Null(command.Encryption);
        await NothingSecretIsStoredAsync(code, command.Secret);

        var id = Convert.FromHexString(command.DownloadId);
        await agent.StepAsync(AgentStep.KeyReady);
        await portal.Outcome.IssuedAsync(id, [portal.Pki.Issue("云泽市图书馆", DemoPki.Day("2026-11-24"), DemoPki.Day("2031-11-24"))], Cancel);
        await agent.StepAsync(AgentStep.Verified);
        Assert.DoesNotContain(await page.EventsAsync(), e => e.Event is DoneEvent);
        await portal.Outcome.ConfirmedAsync(id, Cancel);
        await page.EventAsync<DoneEvent>();

        await using var db = await DatabaseAsync();
        Assert.Equal(AuthorisationState.Spent, (await db.Authorisations.SingleAsync(Cancel)).State);
        Assert.Equal(Problems.AuthorisationSpent(), await TryOpenAsync(reference, code));
        using var again = await page.ActAsync("relaunch");
        Assert.Equal(Problems.SessionEnded().HttpStatus, (int)again.StatusCode);
    }

    [Fact]
    public async Task Somebody_elses_certificate_on_the_token_is_named_before_anything_happens()
    {
        var others = portal.Pki.Issue("云泽市体育馆", DemoPki.Day("2024-01-01"), DemoPki.Day("2029-01-01"));
        await portal.RegisterAsync(others);
        var (reference, code) = await portal.AuthoriseAsync();
        using var page = await OpenAsync(reference, code);
        using var agent = await FakeAgent.AttachAsync(page.Session.LaunchUri);
        await agent.ListAsync(others);
        await agent.PassDownloadPreflightAsync();
        var check = (await page.EventAsync<ReadyEvent>()).Checks.Single(c => c.Kind == PreflightKind.Holder);
        Assert.Equal((PreflightOutcome.Warning, 3522, "云泽市体育馆"), (check.Outcome, check.Problem!.Number, check.Problem.Arguments[0]));
    }

    [Theory]
    [InlineData("serial", 3521)]
    [InlineData("model", 3007)]
    [InlineData("old key", 3524)]
    [InlineData("withdrawn", 3506)]
    public async Task What_the_authorisation_does_not_allow_fails_before_the_token_is_touched(string what, int problem)
    {
        var (reference, code) = await portal.AuthoriseAsync(change: d => what switch
        {
            "serial" => d with { TokenSerial = "20C7" },
            "model" => d with { TokenModel = "OtherKey" },
            "old key" => d with { IsPair = true, RecoverOldKey = true },
            _ => d,
        });
        using var page = await OpenAsync(reference, code);
        if (what == "withdrawn")
        {
            await using var db = await DatabaseAsync();
            await db.Authorisations.ExecuteUpdateAsync(a => a.SetProperty(x => x.State, AuthorisationState.Withdrawn), Cancel);
        }

        using var agent = await FakeAgent.AttachAsync(page.Session.LaunchUri);
        await agent.ListAsync();
        Assert.Equal(problem, (await page.EventAsync<ReadyEvent>()).Checks[0].Problem!.Number);
        using var started = await page.ActAsync("start");
        Assert.False(started.IsSuccessStatusCode);
        await using var after = await DatabaseAsync();
        Assert.False(await after.Downloads.AnyAsync(Cancel));
    }

    [Fact]
    public async Task Another_session_with_the_codes_waits_while_the_first_is_at_work_and_then_goes_on_with_the_same_download()
    {
        var (reference, code) = await portal.AuthoriseAsync();
        var first = await BeginAsync(reference, code);
        using var page = await OpenAsync(reference, code);
        using var agent = await FakeAgent.AttachAsync(page.Session.LaunchUri);
        await agent.ListAsync();
        Assert.Equal(3523, (await page.EventAsync<ReadyEvent>()).Checks[0].Problem!.Number);

        portal.Time.Jump(TimeSpan.FromMinutes(2)); // nothing is heard of the first agent
        var second = await BeginAsync(reference, code);
        Assert.Equal(first.DownloadId, second.DownloadId);
        Assert.NotEqual(first.Secret, second.Secret);
    }

    [Fact]
    public async Task Cancelling_wipes_the_secrets_and_the_session_is_not_launched_again()
    {
        var (reference, code) = await portal.AuthoriseAsync();
        using var page = await OpenAsync(reference, code);
        using (await page.ActAsync("cancel"))
        {
        }

        await using var db = await DatabaseAsync();
        Assert.All(await db.Sessions.ToListAsync(Cancel), s => Assert.True(s.SealedProof is null && s.SealedSecret is null));
        using var again = await page.ActAsync("relaunch");
        Assert.False(again.IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_session_for_a_renewal_cannot_download_and_one_for_a_download_cannot_renew()
    {
        var (reference, code) = await portal.AuthoriseAsync();
        var certificate = portal.Pki.Issue("云泽市图书馆", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26"));
        await portal.RegisterAsync(certificate);
        using var renewing = await FakeBrowser.WithSessionAsync(portal.Address);
        using var agent = await FakeAgent.AttachAsync(renewing.Session.LaunchUri);
        await agent.ListAsync(certificate);
        using var token = await renewing.PostAsync($"/{renewing.Session.SessionId}/select-token", """{"token":{"driver":"pkcs11","manufacturer":"海泰","model":"HaiKey","serialNumber":"8F21"}}""");
        Assert.Equal(Problems.OutOfOrder().HttpStatus, (int)token.StatusCode);

        using var downloading = await OpenAsync(reference, code);
        using var other = await FakeAgent.AttachAsync(downloading.Session.LaunchUri);
        await other.ListAsync(certificate);
        using var select = await downloading.SelectAsync(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(certificate)));
        Assert.Equal(Problems.OutOfOrder().HttpStatus, (int)select.StatusCode);
    }

    [Fact]
    public async Task The_secrets_of_a_download_that_is_over_are_wiped()
    {
        var (reference, code) = await portal.AuthoriseAsync();
        var command = await BeginAsync(reference, code);
        var id = Convert.FromHexString(command.DownloadId);
        await portal.Outcome.IssuedAsync(id, [portal.Pki.Issue("云泽市图书馆", DemoPki.Day("2026-11-24"), DemoPki.Day("2031-11-24"))], Cancel);
        await portal.Outcome.ConfirmedAsync(id, Cancel);
        await using var db = await DatabaseAsync();
        Assert.True(await db.Sessions.AnyAsync(s => s.SealedSecret != null, Cancel)); // the last answer may have to be given again
        portal.Time.Jump(TimeSpan.FromMinutes(11));
        await portal.Cleanup.CleanAsync(Cancel);
        Assert.False(await db.Sessions.AnyAsync(s => s.SealedSecret != null || s.SealedProof != null, Cancel));
    }

    private async Task<DownloadCommand> BeginAsync(string reference, string code)
    {
        using var page = await OpenAsync(reference, code);
        using var agent = await FakeAgent.AttachAsync(page.Session.LaunchUri);
        await agent.ListAsync();
        await agent.PassDownloadPreflightAsync();
        using var started = await page.ActAsync("start");
        started.EnsureSuccessStatusCode();
        return await agent.CommandAsync<DownloadCommand>();
    }

    private async Task<FakeBrowser> OpenAsync(string reference, string code)
    {
        var page = new FakeBrowser(portal.Address);
        Assert.Null(await page.OpenDownloadAsync(new(reference, code)));
        return page;
    }

    private async Task<Problem?> TryOpenAsync(string reference, string code)
    {
        using var page = new FakeBrowser(portal.Address);
        return await page.OpenDownloadAsync(new(reference, code));
    }

    // As whoever has the database sees it: neither the code in any of its forms, nor the secret of the agent's messages.
    private async Task NothingSecretIsStoredAsync(string code, string secret)
    {
        await using var db = await DatabaseAsync();
        var commands = await db.AgentCommands.Select(c => c.Json).ToListAsync(Cancel);
        Assert.Contains(commands, c => c.Contains("downloadId", StringComparison.Ordinal));
        var texts = commands.Concat(await db.SessionEvents.Select(e => e.Json).ToListAsync(Cancel)).ToList();
        Assert.DoesNotContain(texts, t => t.Contains(secret, StringComparison.Ordinal) || t.Contains(code, StringComparison.Ordinal));
        var session = await db.Sessions.SingleAsync(s => s.AuthorisationId != null, Cancel);
        Assert.True(session.SealedSecret!.AsSpan().IndexOf(Convert.FromBase64String(secret)) < 0);
        Assert.NotNull(session.SealedProof);
    }

    private Task<RaDbContext> DatabaseAsync() => portal.Services.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync(Cancel);
}
