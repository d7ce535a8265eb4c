using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Rekey.Store;

namespace Rekey.Ca.Store;

/// <summary>For <c>dotnet ef</c>, which never connects.</summary>
internal sealed class CaSqliteDesignTimeFactory : IDesignTimeDbContextFactory<CaSqliteDbContext>
{
    public CaSqliteDbContext CreateDbContext(string[] args)
    {
        var builder = new DbContextOptionsBuilder<CaSqliteDbContext>();
        new StoreOptions(StoreEngine.Sqlite, "Data Source=:memory:").Configure(builder);
        return new(builder.Options);
    }
}

/// <summary>For <c>dotnet ef</c>, which never connects.</summary>
internal sealed class CaPostgresDesignTimeFactory : IDesignTimeDbContextFactory<CaPostgresDbContext>
{
    public CaPostgresDbContext CreateDbContext(string[] args)
    {
        var builder = new DbContextOptionsBuilder<CaPostgresDbContext>();
        new StoreOptions(StoreEngine.Postgres, "Host=none").Configure(builder);
        return new(builder.Options);
    }
}
