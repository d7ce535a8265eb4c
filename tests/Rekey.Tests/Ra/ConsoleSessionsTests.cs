using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Contract.Problems;
using Rekey.Ra.Operators;
using Rekey.Ra.Subscribers;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Ra;

/// <summary>A session at the console ends with whatever ends its right to be there.</summary>
public sealed class ConsoleSessionsTests : IAsyncLifetime
{
    private PortalHost portal = null!;
    private RegisteredCertificate person = null!;
    private string secret = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ConsoleSessions Sessions => portal.Services.GetRequiredService<ConsoleSessions>();

    public async ValueTask InitializeAsync()
    {
        portal = await PortalHost.StartAsync();
        person = await portal.AppointAsync("李晓燕", OperatorRole.Operator, OperatorDuties.Entry, "37");
        secret = await Sessions.BeginAsync(person.Sha256, Cancel);
    }

    public ValueTask DisposeAsync() => portal.DisposeAsync();

    [Fact]
    public async Task A_session_shows_the_person_and_what_she_may()
    {
        var (found, _) = await Sessions.FindAsync(secret, Cancel);
        Assert.Equal(("李晓燕", $"operator:{person.Subscriber.StableId}", OperatorScope.Parse("37")), (found!.Name, found.Actor, found.Scope));
        Assert.True(found.May(Permission.EnterSubscribers));
        Assert.False(found.May(Permission.DecideRequests));
        await using var db = await portal.DatabaseAsync();
        Assert.DoesNotContain(secret, Convert.ToBase64String((await db.ConsoleSessions.SingleAsync(Cancel)).SecretSha256), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("short")]
    public async Task Any_other_cookie_is_nobody(string? other) => Assert.Equal((null, ConsoleSessionEnd.None), await Sessions.FindAsync(other, Cancel));

    [Fact]
    public async Task A_session_ends_when_it_is_not_used_and_lives_while_it_is()
    {
        for (var i = 0; i < 4; i++)
        {
            portal.Time.Jump(TimeSpan.FromMinutes(29));
            Assert.NotNull((await Sessions.FindAsync(secret, Cancel)).Operator);
        }

        portal.Time.Jump(TimeSpan.FromMinutes(31));
        Assert.Equal((null, ConsoleSessionEnd.Idle), await Sessions.FindAsync(secret, Cancel));
    }

    [Fact]
    public async Task A_session_ends_after_a_working_day_however_busy_it_was()
    {
        for (var i = 0; i < 23; i++)
        {
            portal.Time.Jump(TimeSpan.FromMinutes(25));
            Assert.NotNull((await Sessions.FindAsync(secret, Cancel)).Operator);
        }

        portal.Time.Jump(TimeSpan.FromMinutes(26));
        Assert.Equal((null, ConsoleSessionEnd.TooLong), await Sessions.FindAsync(secret, Cancel));
    }

    [Fact]
    public async Task A_change_of_what_she_may_ends_the_session()
    {
        await portal.Services.GetRequiredService<ChangeOperator>().ChangeAsync(person.Subscriber.StableId, 1, OperatorDuties.Review, OperatorScope.All, null, "test", Cancel);
        Assert.Equal((null, ConsoleSessionEnd.Changed), await Sessions.FindAsync(secret, Cancel));
    }

    [Fact]
    public async Task A_removal_ends_the_session_and_a_new_appointment_does_not_bring_it_back()
    {
        await portal.Services.GetRequiredService<RemoveOperator>().RemoveAsync(person.Subscriber.StableId, 1, "调离", null, "test", Cancel);
        Assert.Equal((null, ConsoleSessionEnd.Removed), await Sessions.FindAsync(secret, Cancel));
        Assert.Equal(6030, (await Assert.ThrowsAsync<ProblemException>(() => Sessions.BeginAsync(person.Sha256, Cancel))).Problem.Number);
        await portal.Services.GetRequiredService<AppointOperator>().AppointAsync(person.Subscriber.StableId, new(OperatorRole.Operator, OperatorDuties.Entry, OperatorScope.All), null, "test", Cancel);
        Assert.Equal((null, ConsoleSessionEnd.Changed), await Sessions.FindAsync(secret, Cancel));
    }

    [Theory]
    [InlineData(CertificateState.Revoked, true)]
    [InlineData(CertificateState.Held, true)]
    [InlineData(CertificateState.Unconfirmed, true)]
    [InlineData(CertificateState.Superseded, false)]
    internal async Task What_becomes_of_the_certificate_becomes_of_the_session(CertificateState state, bool ends)
    {
        await using (var db = await portal.DatabaseAsync())
        {
            await db.Certificates.Where(c => c.Id == person.Id).ExecuteUpdateAsync(c => c.SetProperty(x => x.State, state), Cancel);
        }

        Assert.Equal(ends ? ConsoleSessionEnd.Certificate : ConsoleSessionEnd.None, (await Sessions.FindAsync(secret, Cancel)).End);
    }

    [Fact]
    public async Task An_expired_certificate_ends_the_session()
    {
        portal.Time.Jump(TimeSpan.FromDays(4 * 365));
        Assert.Equal((null, ConsoleSessionEnd.Certificate), await Sessions.FindAsync(secret, Cancel));
    }

    [Fact]
    public async Task A_cancelled_person_is_nobody()
    {
        await using (var db = await portal.DatabaseAsync())
        {
            await db.Subscribers.Where(c => c.Id == person.SubscriberId).ExecuteUpdateAsync(c => c.SetProperty(x => x.State, SubscriberState.Cancelled), Cancel);
        }

        Assert.Equal((null, ConsoleSessionEnd.Removed), await Sessions.FindAsync(secret, Cancel));
        await Assert.ThrowsAsync<ProblemException>(() => Sessions.BeginAsync(person.Sha256, Cancel));
    }

    [Fact]
    public async Task Who_logs_out_is_out_on_the_server_and_login_logout_and_refusal_are_in_the_log()
    {
        var (found, _) = await Sessions.FindAsync(secret, Cancel);
        await Sessions.EndAsync(secret, found!, Cancel);
        Assert.Equal((null, ConsoleSessionEnd.LoggedOut), await Sessions.FindAsync(secret, Cancel));
        var stranger = await portal.PersonAsync("路人");
        Assert.Equal(6030, (await Assert.ThrowsAsync<ProblemException>(() => Sessions.BeginAsync(stranger.Sha256, Cancel))).Problem.Number);
        await Assert.ThrowsAsync<ProblemException>(() => Sessions.BeginAsync(new byte[32], Cancel));
        Assert.Equal(
            [("operator.login", found!.Actor, "done"), ("operator.logout", found.Actor, "done"),
                ("operator.login", $"certificate:{Convert.ToHexStringLower(stranger.Sha256)}", "refused"), ("operator.login", $"certificate:{new string('0', 64)}", "refused")],
            await portal.AuditAsync("console"));
    }

    [Fact]
    public async Task Old_sessions_are_forgotten()
    {
        portal.Time.Jump(TimeSpan.FromDays(91));
        await portal.Cleanup.CleanAsync(Cancel);
        Assert.Equal((null, ConsoleSessionEnd.None), await Sessions.FindAsync(secret, Cancel));
    }
}
