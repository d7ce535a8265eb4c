using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Store;
using Rekey.Store;

namespace Rekey.SystemTests.Store;

/// <summary>The transactions of one process on one SQLite file wait in a queue.</summary>
public sealed class SqliteWriteQueueTests : IDisposable
{
    private readonly string file = Path.Combine(Path.GetTempPath(), $"rekey-{Guid.NewGuid():N}.db");

    public void Dispose() => File.Delete(file);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_goes_away_at_its_turn_holds_up_nobody(bool beforeItBegan)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var leaving = new CancellationTokenSource();
        await using (var services = Services(new Leaving(beforeItBegan, leaving)))
        await using (var db = await services.GetRequiredService<IDbContextFactory<CaDbContext>>().CreateDbContextAsync(cancel))
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                await using var never = await db.Database.BeginTransactionAsync(leaving.Token);
                await db.Database.ExecuteSqlAsync($"select 1", leaving.Token);
            });
        }

        await using var others = Services();
        await using var other = await others.GetRequiredService<IDbContextFactory<CaDbContext>>().CreateDbContextAsync(cancel);
        // Without the queue's turn it would begin as well, but only when the queue's patience is over.
        await using var transaction = await other.Database.BeginTransactionAsync(cancel).WaitAsync(TimeSpan.FromSeconds(15), cancel);
        await transaction.CommitAsync(cancel);
    }

    private ServiceProvider Services(params IInterceptor[] more) => new ServiceCollection()
        .AddAuthorityStore<CaDbContext, CaSqliteDbContext, CaPostgresDbContext>(StoreOptions.SqliteFile(file))
        .ConfigureDbContext<CaSqliteDbContext>(b => b.AddInterceptors(more))
        .BuildServiceProvider();

    // The client's connection breaks when its turn has come: before the transaction begins, or just after.
    private sealed class Leaving(bool before, CancellationTokenSource source) : DbTransactionInterceptor
    {
        public override async ValueTask<InterceptionResult<DbTransaction>> TransactionStartingAsync(
            DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<DbTransaction> result, CancellationToken cancellationToken = default)
        {
            await (before ? source.CancelAsync() : Task.CompletedTask);
            return result;
        }

        public override async ValueTask<DbTransaction> TransactionStartedAsync(
            DbConnection connection, TransactionEndEventData eventData, DbTransaction result, CancellationToken cancellationToken = default)
        {
            await source.CancelAsync();
            return result;
        }
    }
}
