using Rekey.Kmc.Store;

namespace Rekey.Tests.Kmc;

public sealed class KmcStoreTests
{
    [Fact]
    public void The_sqlite_migrations_make_the_model()
    {
        using var db = new KmcSqliteDesignTimeFactory().CreateDbContext([]);
        Assert.False(Microsoft.EntityFrameworkCore.RelationalDatabaseFacadeExtensions.HasPendingModelChanges(db.Database));
    }

    [Fact]
    public void The_postgres_migrations_make_the_model()
    {
        using var db = new KmcPostgresDesignTimeFactory().CreateDbContext([]);
        Assert.False(Microsoft.EntityFrameworkCore.RelationalDatabaseFacadeExtensions.HasPendingModelChanges(db.Database));
    }
}
