using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Rekey.Store;

namespace Rekey.Ra.Store;

/// <summary>For <c>dotnet ef</c>, which never connects.</summary>
internal sealed class RaSqliteDesignTimeFactory : IDesignTimeDbContextFactory<RaSqliteDbContext>
{
    public RaSqliteDbContext CreateDbContext(string[] args)
    {
        var builder = new DbContextOptionsBuilder<RaSqliteDbContext>();
        new StoreOptions(StoreEngine.Sqlite, "Data Source=:memory:").Configure(builder);
        return new(builder.Options);
    }
}

/// <summary>For <c>dotnet ef</c>, which never connects.</summary>
internal sealed class RaPostgresDesignTimeFactory : IDesignTimeDbContextFactory<RaPostgresDbContext>
{
    public RaPostgresDbContext CreateDbContext(string[] args)
    {
        var builder = new DbContextOptionsBuilder<RaPostgresDbContext>();
        new StoreOptions(StoreEngine.Postgres, "Host=none").Configure(builder);
        return new(builder.Options);
    }
}
