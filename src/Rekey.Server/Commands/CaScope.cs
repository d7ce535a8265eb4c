using Microsoft.EntityFrameworkCore;
using Rekey.Ca;
using Rekey.Ca.Configuration;
using Rekey.Ca.Store;
using Rekey.Server.Serving;
using Rekey.Server.Settings;
using Rekey.Store.Schema;

namespace Rekey.Server.Commands;

/// <summary>The CA for one command, beside a service that may be running: its keys and its store, but none of its jobs.</summary>
internal static class CaScope
{
    /// <summary>What the audit log calls whoever has a shell on the CA's host.</summary>
    public const string Actor = "command-line";

    /// <summary>The directory with <c>ca.yaml</c>: the given one, or the one that its <c>rekey.yaml</c> names.</summary>
    public static CaSettings Settings(string directory)
    {
        var full = Path.GetFullPath(directory);
        if (File.Exists(Path.Combine(full, "ca.yaml")))
        {
            return CaSettings.Load(full);
        }

        var settings = ServerSettings.Load(full);
        return CaSettings.Load(settings.Needed(settings.CaDirectory, "ca"));
    }

    /// <summary>Opens the CA, acts, and closes it.</summary>
    public static async Task RunAsync(string directory, Func<IServiceProvider, Task> act, CancellationToken cancel)
    {
        using var ca = Parts.OpenCa(Settings(directory));
        await using var services = new ServiceCollection().AddLogging(l => l.AddFilter(level => level >= LogLevel.Warning).AddConsole()).AddRekeyCa(ca).BuildServiceProvider();
        await using (var db = await services.GetRequiredService<IDbContextFactory<CaDbContext>>().CreateDbContextAsync(cancel))
        {
            await StoreSchema.DemandCurrentAsync(db, cancel);
        }

        await act(services);
    }
}
