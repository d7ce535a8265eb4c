using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Rekey.Store;

namespace Rekey.Kmc.Store;

/// <summary>For <c>dotnet ef</c>, which never connects.</summary>
internal sealed class KmcSqliteDesignTimeFactory : IDesignTimeDbContextFactory<KmcSqliteDbContext>
{
    public KmcSqliteDbContext CreateDbContext(string[] args)
    {
        var builder = new DbContextOptionsBuilder<KmcSqliteDbContext>();
        new StoreOptions(StoreEngine.Sqlite, "Data Source=:memory:").Configure(builder);
        return new(builder.Options);
    }
}

/// <summary>For <c>dotnet ef</c>, which never connects.</summary>
internal sealed class KmcPostgresDesignTimeFactory : IDesignTimeDbContextFactory<KmcPostgresDbContext>
{
    public KmcPostgresDbContext CreateDbContext(string[] args)
    {
        var builder = new DbContextOptionsBuilder<KmcPostgresDbContext>();
        new StoreOptions(StoreEngine.Postgres, "Host=none").Configure(builder);
        return new(builder.Options);
    }
}
