using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ra.Operators;
using Rekey.Ra.Subscribers;
using Rekey.Ra.Subscribers.Import;
using Rekey.Ra.Subscribers.Search;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Ra;

/// <summary>A search finds who is meant and nobody else, page by page; its indexes follow every write.</summary>
public sealed class SubscriberSearchTests : IAsyncLifetime
{
    private PortalHost portal = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private FindSubscribers Find => portal.Services.GetRequiredService<FindSubscribers>();

    public async ValueTask InitializeAsync() => portal = await PortalHost.StartAsync();

    public ValueTask DisposeAsync() => portal.DisposeAsync();

    [Fact]
    public async Task What_is_rare_and_what_is_common_are_found_alike_in_every_order_filter_and_scope()
    {
        var crowd = await SubscriberCrowd.RegisterAsync(portal, 300);
        Assert.Empty(await crowd.CompareAsync(portal, [0, 2, 20, 60, 1000], Cancel));
    }

    [Fact]
    public async Task The_indexes_follow_imports_edits_removals_and_every_change_of_a_certificate()
    {
        var import = portal.Services.GetRequiredService<ImportSubscribers>();
        await import.ImportAsync(new MemoryStream("id,name,phone,nameChecked\nL-1,云泽市图书馆,0000-1234,\nL-2,临溪县水利局,,\nL-3,云泽市𠮷田KTV,,yes"u8.ToArray()), ImportMode.AllOrNothing, "test", Cancel);
        await RequireIndexAsync();
        var edit = portal.Services.GetRequiredService<EditSubscriber>();
        await edit.EditAsync("L-1", 0, new("云泽市博物馆", null, null, "0000-4321", null), "test", Cancel);
        await RequireIndexAsync();
        Assert.Empty(await FoundAsync("图书"));
        Assert.Equal(["L-1"], await FoundAsync("博物"));
        Assert.Equal(["L-1"], await FoundAsync("00004321"));
        Assert.Empty(await FoundAsync("00001234"));

        var certificate = await portal.RegisterAsync(portal.Pki.Issue("北岗区档案馆", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26")), subscriber: s => s.DisplayName = "北岗区档案馆");
        var half = await portal.RegisterHalfAsync(certificate);
        await RequireIndexAsync();
        Assert.Equal(certificate.NotAfter, await ExpiryAsync(certificate));
        await SetAsync(half.Id, CertificateState.Revoked);
        Assert.Equal(certificate.NotAfter, await ExpiryAsync(certificate));
        foreach (var (state, counts) in new[] { (CertificateState.Held, true), (CertificateState.Revoked, false), (CertificateState.Active, true), (CertificateState.Superseded, false), (CertificateState.Unconfirmed, false) })
        {
            await SetAsync(certificate.Id, state);
            Assert.Equal(counts ? certificate.NotAfter : null, await ExpiryAsync(certificate));
        }

        await using var db = await portal.DatabaseAsync();
        await db.Subscribers.Where(s => s.StableId == "L-2").ExecuteDeleteAsync(Cancel);
        await RequireIndexAsync();
        Assert.Empty(await FoundAsync("水利"));
    }

    [Theory]
    [InlineData("云泽", "A-1", "A-2")]
    [InlineData("图书馆 云泽", "A-1")]
    [InlineData("市（图书馆）", "A-1")]
    [InlineData("ＫＴＶ", "A-2")]
    [InlineData("12370100mb", "A-1")]
    [InlineData("0000 8696 1", "A-1")]
    [InlineData("(0000) 8696-1200", "A-1")]
    [InlineData("a-2", "A-2")]
    [InlineData("王秀", "A-1")]
    [InlineData("秀兰")]
    [InlineData("%")]
    [InlineData("泽云")]
    public async Task One_box_knows_what_was_typed(string typed, params string[] expected)
    {
        var table = "id,creditCode,name,contact,phone,nameChecked\nA-1,12370100MB1234562C,云泽市图书馆,王秀兰,0000-8696 1200,\nA-2,,云泽市银星KTV,李明,,yes"u8.ToArray();
        await portal.Services.GetRequiredService<ImportSubscribers>().ImportAsync(new MemoryStream(table), ImportMode.AllOrNothing, "test", Cancel);
        Assert.Equal(expected, (await FoundAsync(typed)).Order());
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("1.AAA")]
    [InlineData("1.!!")]
    [InlineData("99999999999999999999")]
    [InlineData("-1.x")]
    public async Task A_place_that_nobody_gave_out_is_the_beginning_of_the_list(string cursor)
    {
        await portal.RegisterAsync(portal.Pki.Issue("北岗区档案馆", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26")));
        foreach (var sort in Enum.GetValues<SubscriberSort>())
        {
            Assert.Single((await Find.FindAsync(new() { Sort = sort, Cursor = cursor }, OperatorScope.All, Cancel)).Items);
        }
    }

    private async Task<List<string>> FoundAsync(string text) =>
        [.. (await Find.FindAsync(new() { Text = text }, OperatorScope.All, Cancel)).Items.Select(i => i.StableId)];

    private async Task SetAsync(long id, CertificateState state)
    {
        await using var db = await portal.DatabaseAsync();
        await db.Certificates.Where(c => c.Id == id).ExecuteUpdateAsync(c => c.SetProperty(x => x.State, state), Cancel);
    }

    private async Task<DateTimeOffset?> ExpiryAsync(RegisteredCertificate certificate)
    {
        await using var db = await portal.DatabaseAsync();
        return await db.Subscribers.Where(s => s.Id == certificate.SubscriberId).Select(s => s.ExpiresAt).SingleAsync(Cancel);
    }

    // Word by word: how many names have it, by the index and by the names.
    private async Task RequireIndexAsync()
    {
        await using var db = await portal.DatabaseAsync();
        Assert.Empty(await Rekey.Testing.Faults.StoreInvariants.SearchAsync(db));
    }
}
