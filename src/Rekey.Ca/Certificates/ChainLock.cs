using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Store;

namespace Rekey.Ca.Certificates;

/// <summary>The lock that issuing, confirming, holding and revoking share.</summary>
public static class ChainLock
{
    /// <summary>
    /// Waits for and takes a chain's lock until the transaction ends. In SQLite the transaction itself is the lock: it began
    /// immediate, so no other writer runs.
    /// </summary>
    /// <param name="db">With a transaction open.</param>
    /// <param name="chainId">The chain.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">No transaction is open, or there is no such chain.</exception>
    public static async Task TakeChainLockAsync(this CaDbContext db, Guid chainId, CancellationToken ct)
    {
        if (db.Database.CurrentTransaction is null)
        {
            throw new InvalidOperationException("a chain is locked within a transaction");
        }

        var found = db.Database.IsNpgsql()
            ? await db.Chains.FromSql($"select * from ca.chains where id = {chainId} for update").AsNoTracking().AnyAsync(ct)
            : await db.Chains.AnyAsync(c => c.Id == chainId, ct);
        if (!found)
        {
            throw new InvalidOperationException($"there is no chain {chainId}");
        }
    }
}
