using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Store;

namespace Rekey.Tests.Ca;

public sealed class CaStoreTests
{
    [Fact]
    public void The_sqlite_migrations_make_the_model()
    {
        using var db = new CaSqliteDesignTimeFactory().CreateDbContext([]);
        Assert.False(db.Database.HasPendingModelChanges());
    }

    [Fact]
    public void The_postgres_migrations_make_the_model()
    {
        using var db = new CaPostgresDesignTimeFactory().CreateDbContext([]);
        Assert.False(db.Database.HasPendingModelChanges());
    }
}
