using System.Collections.Concurrent;
using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Rekey.Store;

/// <summary>
/// Lets the transactions of this process on one SQLite file wait for one another in a queue, without a thread. SQLite's own way is to
/// sleep up to a tenth of a second between tries, in order of luck and with a thread of the pool each, so that the file stands idle
/// while everybody sleeps. Other processes are met in SQLite's way all the same.
/// </summary>
internal sealed class SqliteWriteQueue : DbTransactionInterceptor, IDbConnectionInterceptor
{
    /// <summary>The one of this process.</summary>
    public static readonly SqliteWriteQueue Instance = new();

    // After this SQLite's own limit decides; a queue must never be what stands still.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, SemaphoreSlim> files = new();
    private readonly ConditionalWeakTable<DbConnection, Turn> turns = [];

    // It begins the transaction itself: were that left to EF, whoever goes away between its turn and its beginning would keep the turn.

    /// <inheritdoc/>
    public override InterceptionResult<DbTransaction> TransactionStarting(
        DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<DbTransaction> result)
    {
        var file = File(connection);
        Begin(connection, file, file.Wait(Patience));
        try
        {
            return InterceptionResult<DbTransaction>.SuppressWithResult(connection.BeginTransaction(eventData.IsolationLevel));
        }
        catch
        {
            End(connection);
            throw;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<InterceptionResult<DbTransaction>> TransactionStartingAsync(
        DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<DbTransaction> result, CancellationToken cancellationToken = default)
    {
        var file = File(connection);
        Begin(connection, file, await file.WaitAsync(Patience, cancellationToken));
        try
        {
            return InterceptionResult<DbTransaction>.SuppressWithResult(await connection.BeginTransactionAsync(eventData.IsolationLevel, cancellationToken));
        }
        catch
        {
            End(connection);
            throw;
        }
    }

    /// <inheritdoc/>
    public override void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) => End(eventData.Context?.Database);

    /// <inheritdoc/>
    public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        End(eventData.Context?.Database);
        return Task.CompletedTask;
    }

    // A transaction that was only disposed of ends with its connection's closing: EF closes what it opened for it.

    /// <inheritdoc/>
    public void ConnectionClosed(DbConnection connection, ConnectionEndEventData eventData) => End(connection);

    /// <inheritdoc/>
    public Task ConnectionClosedAsync(DbConnection connection, ConnectionEndEventData eventData)
    {
        End(connection);
        return Task.CompletedTask;
    }

    // And one whose connection is disposed of without being closed, as at the end of a host.

    /// <inheritdoc/>
    public void ConnectionDisposed(DbConnection connection, ConnectionEndEventData eventData) => End(connection);

    /// <inheritdoc/>
    public Task ConnectionDisposedAsync(DbConnection connection, ConnectionEndEventData eventData)
    {
        End(connection);
        return Task.CompletedTask;
    }

    private SemaphoreSlim File(DbConnection connection) => files.GetOrAdd(connection.DataSource, _ => new(1));

    private void Begin(DbConnection connection, SemaphoreSlim file, bool taken)
    {
        End(connection);
        if (taken)
        {
            turns.Add(connection, new(file));
        }
    }

    private void End(Microsoft.EntityFrameworkCore.Infrastructure.DatabaseFacade? database)
    {
        if (database is not null)
        {
            End(Microsoft.EntityFrameworkCore.RelationalDatabaseFacadeExtensions.GetDbConnection(database));
        }
    }

    private void End(DbConnection connection)
    {
        if (turns.TryGetValue(connection, out var turn) && turns.Remove(connection))
        {
            turn.File.Release();
        }
    }

    private sealed record Turn(SemaphoreSlim File);
}
