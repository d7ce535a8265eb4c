using Microsoft.EntityFrameworkCore;
using Rekey.Kmc;
using Rekey.Kmc.Store;
using Rekey.Server.Serving;
using Rekey.Server.Settings;
using Rekey.Store.Schema;

namespace Rekey.Server.Commands;

/// <summary>The key-management centre for one command, beside a service that may be running: its keys and its store, but none of its jobs.</summary>
internal static class KmcScope
{
    /// <summary>Opens the centre, acts, and closes it.</summary>
    public static async Task RunAsync(ServerSettings settings, Func<IServiceProvider, Task> act, CancellationToken cancel)
    {
        using var centre = KmcParts.Open(settings.Needed(settings.Kmc, "kmc"));
        await using var services = new ServiceCollection().AddLogging(l => l.AddFilter(level => level >= LogLevel.Warning).AddConsole()).AddRekeyKmc(centre).BuildServiceProvider();
        await using (var db = await services.GetRequiredService<IDbContextFactory<KmcDbContext>>().CreateDbContextAsync(cancel))
        {
            await StoreSchema.DemandCurrentAsync(db, cancel);
        }

        await act(services);
    }
}
