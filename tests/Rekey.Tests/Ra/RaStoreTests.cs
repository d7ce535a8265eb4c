using Microsoft.EntityFrameworkCore;
using Rekey.Ra.Store;

namespace Rekey.Tests.Ra;

public sealed class RaStoreTests
{
    [Fact]
    public void The_sqlite_migrations_make_the_model()
    {
        using var db = new RaSqliteDesignTimeFactory().CreateDbContext([]);
        Assert.False(db.Database.HasPendingModelChanges());
    }

    [Fact]
    public void The_postgres_migrations_make_the_model()
    {
        using var db = new RaPostgresDesignTimeFactory().CreateDbContext([]);
        Assert.False(db.Database.HasPendingModelChanges());
    }
}
