using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Rekey.Testing.Kmc;

/// <summary>
/// Lets one of the store's writes or commits fail: the act is not done, or it is done and its answer is lost. Each is a moment, counted from
/// 1. What follows of the same piece of work fails as well until <see cref="Heal"/>.
/// </summary>
public sealed class KmcFaults
{
    private readonly Lock gate = new();
    private int count;
    private bool broken;

    public KmcFaults()
    {
        Commands = new CommandInterceptor(this);
        Transactions = new TransactionInterceptor(this);
    }

    public IInterceptor Commands { get; }

    public IInterceptor Transactions { get; }

    /// <summary>The moment that fails; 0 for none.</summary>
    public int FailAt { get; set; }

    /// <summary>Moments so far.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return count;
            }
        }
    }

    /// <summary>Whether the moment came.</summary>
    public bool HasFailed { get; private set; }

    public void Heal()
    {
        lock (gate)
        {
            broken = false;
        }
    }

    private void Moment()
    {
        lock (gate)
        {
            if (broken || ++count == FailAt)
            {
                (broken, HasFailed) = (true, true);
                throw new IOException("the store is away");
            }
        }
    }

    private sealed class CommandInterceptor(KmcFaults faults) : DbCommandInterceptor
    {
        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Look(command);
            return ValueTask.FromResult(result);
        }

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            Look(command);
            return ValueTask.FromResult(result);
        }

        private void Look(DbCommand command)
        {
            if (!command.CommandText.TrimStart().StartsWith("select", StringComparison.OrdinalIgnoreCase))
            {
                faults.Moment();
            }
        }
    }

    private sealed class TransactionInterceptor(KmcFaults faults) : DbTransactionInterceptor
    {
        public override ValueTask<InterceptionResult> TransactionCommittingAsync(
            DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
        {
            faults.Moment();
            return ValueTask.FromResult(result);
        }

        public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            faults.Moment();
            return Task.CompletedTask;
        }
    }
}
