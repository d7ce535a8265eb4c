using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Contract.Problems;
using Rekey.Ra.Subscribers;
using Rekey.Ra.Subscribers.Import;
using Rekey.Testing;
using Rekey.Testing.Portal;

namespace Rekey.SystemTests.Ra;

/// <summary>On PostgreSQL, where two who write at once do not wait for each other by themselves.</summary>
public sealed class SubscriberImportTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_file_sent_by_three_at_once_and_edited_by_three_at_once_is_registered_once_and_edited_once()
    {
        await using var portal = await PortalHost.StartAsync(store: PrivatePostgres.NewDatabase());
        var bytes = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(1, 1200).Select(i => $"U-{i},云泽市第{i}中学").Prepend("id,name")));
        var import = portal.Services.GetRequiredService<ImportSubscribers>();
        var modes = new[] { ImportMode.ValidRowsOnly, ImportMode.ValidRowsOnly, ImportMode.AllOrNothing };
        var reports = await Task.WhenAll(modes.Select(mode => Task.Run(() => import.ImportAsync(new MemoryStream(bytes), mode, "test", Cancel), Cancel)));
        Assert.All(reports, r => Assert.Equal((1200, 0, true), (r.Rows, r.Wrong, r.Written)));
        await using var db = await portal.DatabaseAsync();
        Assert.Equal(1200, await db.Subscribers.CountAsync(Cancel));

        var edit = portal.Services.GetRequiredService<EditSubscriber>();
        var results = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Task.Run(async () =>
        {
            try
            {
                return (await edit.EditAsync("U-7", 0, new("云泽市第7中学", null, "李明", $"1000{i}", null), $"operator-{i}", Cancel)).Version;
            }
            catch (ProblemException e)
            {
                return e.Problem.Number;
            }
        }, Cancel)));
        Assert.Equal([1, 3308, 3308], results.Order());
    }
}
