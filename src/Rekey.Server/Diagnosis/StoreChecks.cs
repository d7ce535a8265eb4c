using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Rekey.Store;
using Rekey.Store.Audit;
using Rekey.Store.Schema;

namespace Rekey.Server.Diagnosis;

/// <summary>Engine, schema, clock and audit log of a store.</summary>
internal static class StoreChecks
{
    // What a clock that is set by the network never reaches.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(1);

    /// <summary>Looks at one.</summary>
    public static async Task<IReadOnlyList<Finding>> RunAsync(string name, AuthorityDbContext db, StoreOptions options, DateTimeOffset now, CancellationToken cancel)
    {
        if (options.Engine == StoreEngine.Sqlite && new DbConnectionStringBuilder { ConnectionString = options.ConnectionString }["Data Source"] is string file && !File.Exists(file))
        {
            // Asking SQLite would make it.
            return [Finding.Red($"store {name}: there is no file {Path.GetFileName(file)}", "rekey migrate")];
        }

        try
        {
            await StoreSchema.DemandCurrentAsync(db, cancel);
        }
        catch (StoreSchemaException e)
        {
            return [Finding.Red($"store {name}: {e.Message}", "rekey backup, then rekey migrate")];
        }

        var findings = new List<Finding>
        {
            options.Engine == StoreEngine.Postgres
                ? Finding.Ok($"store {name}: PostgreSQL, schema is current")
                : Finding.Warn($"store {name}: SQLite, schema is current", "good for one process; for several, or for much traffic, take PostgreSQL"),
        };
        var entries = db.Set<AuditEntryRow>();
        var newest = await entries.OrderByDescending(e => e.Id).Select(e => (DateTimeOffset?)e.At).FirstOrDefaultAsync(cancel);
        findings.Add(newest > now + ClockTolerance
            ? Finding.Red($"clock: the last audit entry of {name} is from {newest:yyyy-MM-dd HH:mm}Z, which is still to come", "set the clock (chrony, systemd-timesyncd) before anything is issued")
            : Finding.Ok($"clock: not behind what {name} has recorded"));
        var waiting = await entries.Where(e => e.LeafIndex == null).MinAsync(e => (DateTimeOffset?)e.At, cancel);
        findings.Add(waiting < now - AuditHealth.StopAfter
            ? Finding.Warn($"audit log {name}: entries wait since {waiting:yyyy-MM-dd HH:mm}Z for their place", "normal while the service is stopped; else look into its log: it refuses rows that were altered")
            : Finding.Ok($"audit log {name} keeps up"));
        return findings;
    }

    /// <summary>Whether an exception comes from a database that is not there or not ours.</summary>
    public static bool IsDatabaseTrouble(Exception e) => e is DbException or InvalidOperationException or TimeoutException or System.Net.Sockets.SocketException;
}
