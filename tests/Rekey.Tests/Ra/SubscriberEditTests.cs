using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Contract.Problems;
using Rekey.Pki.Certificates;
using Rekey.Ra;
using Rekey.Ra.Subscribers;
using Rekey.Ra.Subscribers.Import;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Ra;

/// <summary>Edits are checked as imports are, are remembered, and never overwrite an edit that the editor has not seen.</summary>
public sealed class SubscriberEditTests : IAsyncLifetime
{
    private static readonly SubscriberEdit Before = new("云泽市图书馆", null, "王秀兰", "12345", null);

    private PortalHost portal = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private EditSubscriber Edit => portal.Services.GetRequiredService<EditSubscriber>();

    public async ValueTask InitializeAsync()
    {
        portal = await PortalHost.StartAsync();
        using var table = new MemoryStream(Encoding.UTF8.GetBytes("id,name,contact,phone\nL-1,云泽市图书馆,王秀兰,12345"));
        await portal.Services.GetRequiredService<ImportSubscribers>().ImportAsync(table, ImportMode.AllOrNothing, "test", Cancel);
    }

    public ValueTask DisposeAsync() => portal.DisposeAsync();

    [Fact]
    public async Task Every_edit_says_who_changed_what_and_the_certificates_subject_follows_the_name()
    {
        Assert.Equal(1, (await Edit.EditAsync("L-1", 0, Before with { Phone = "54321" }, "operator-a", Cancel)).Version);
        Assert.Equal(2, (await Edit.EditAsync("L-1", 1, Before with { Phone = "54321", Name = "云泽市博物馆", CreditCode = "12370100mb1234562c" }, "operator-b", Cancel)).Version);
        Assert.Equal(2, (await Edit.EditAsync("L-1", 2, Before with { Phone = "54321", Name = "云泽市博物馆", CreditCode = "12370100MB1234562C" }, "operator-c", Cancel)).Version);
        var history = await Edit.HistoryAsync("L-1", Cancel);
        Assert.Equal([(2, "operator-b"), (1, "operator-a")], history.Select(h => (h.Version, h.Actor)));
        Assert.Equal([new FieldChange("ContactPhone", "12345", "54321")], history[1].Fields);
        Assert.Contains(new FieldChange("DisplayName", "云泽市图书馆", "云泽市博物馆"), history[0].Fields);
        Assert.Contains(new FieldChange("CreditCode", null, "12370100MB1234562C"), history[0].Fields);
        await using var db = await portal.DatabaseAsync();
        var subject = (await db.Subscribers.SingleAsync(s => s.StableId == "L-1", Cancel)).Subject!;
        Assert.Contains("CN=云泽市博物馆", DistinguishedName.FromDer(subject).ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(2, await db.Set<Rekey.Store.Audit.AuditEntryRow>().CountAsync(e => e.Kind == "subscriber.edited", Cancel));
    }

    [Fact]
    public async Task Who_edits_what_somebody_changed_meanwhile_is_told_by_whom_and_when()
    {
        await Edit.EditAsync("L-1", 0, Before with { Phone = "54321" }, "operator-a", Cancel);
        var refusal = await Assert.ThrowsAsync<ProblemException>(() => Edit.EditAsync("L-1", 0, Before with { Contact = "李明" }, "operator-b", Cancel));
        Assert.Equal(3308, refusal.Problem.Number);
        var zone = portal.Services.GetRequiredService<RaOptions>().Institution.Zone();
        var at = TimeZoneInfo.ConvertTime(Assert.Single(await Edit.HistoryAsync("L-1", Cancel)).At, zone);
        Assert.Equal(["operator-a", at.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)], refusal.Problem.Arguments);
        Assert.Contains("operator-a", refusal.Problem.Title(CultureInfo.GetCultureInfo("zh-CN")), StringComparison.Ordinal);
        await using var db = await portal.DatabaseAsync();
        Assert.Equal(("王秀兰", "54321"), await db.Subscribers.Select(s => new ValueTuple<string?, string?>(s.ContactName, s.ContactPhone)).SingleAsync(Cancel));
    }

    [Fact]
    public async Task Of_many_who_edit_at_once_one_succeeds_and_the_others_are_told()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(async () =>
        {
            try
            {
                return (await Edit.EditAsync("L-1", 0, Before with { Phone = $"1000{i}" }, $"operator-{i}", Cancel)).Version;
            }
            catch (ProblemException e)
            {
                return e.Problem.Number;
            }
        }, Cancel)));
        Assert.Equal([1, 3308, 3308, 3308, 3308, 3308], results.Order());
        Assert.Single(await Edit.HistoryAsync("L-1", Cancel));
    }

    [Fact]
    public async Task A_wrong_edit_changes_nothing_and_says_all_that_is_wrong()
    {
        var (version, errors) = await Edit.EditAsync("L-1", 0, new("云泽市第３图书馆", "12370100MB1234562D", null, "none", "nobody"), "operator-a", Cancel);
        Assert.Equal(0, version);
        Assert.Equal([RowFault.CodeCheckCharacter, RowFault.NameFullWidth, RowFault.Phone, RowFault.Email], errors.Select(e => e.Fault));
        Assert.Empty(await Edit.HistoryAsync("L-1", Cancel));
        Assert.Equal(3309, (await Assert.ThrowsAsync<ProblemException>(() => Edit.EditAsync("L-2", 0, Before, "operator-a", Cancel))).Problem.Number);
    }
}
