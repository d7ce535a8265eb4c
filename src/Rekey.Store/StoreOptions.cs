using System.Data.Common;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Rekey.Store;

/// <summary>Database engines that a store can live in.</summary>
public enum StoreEngine
{
    /// <summary>A SQLite file: one process, for trial and small sites.</summary>
    Sqlite,

    /// <summary>PostgreSQL: any number of processes.</summary>
    Postgres,
}

/// <summary>Where an authority keeps its data.</summary>
/// <param name="Engine">The engine.</param>
/// <param name="ConnectionString">ADO.NET connection string.</param>
public sealed record StoreOptions(StoreEngine Engine, string ConnectionString)
{
    /// <summary>Options of an SQLite file, which is made if missing.</summary>
    public static StoreOptions SqliteFile(string path) => new(StoreEngine.Sqlite, $"Data Source={path}");

    /// <summary>Applies engine and conventions to a context's options.</summary>
    public void Configure(DbContextOptionsBuilder builder) => Configure(builder, null);

    /// <summary>Applies engine and conventions to a context's options.</summary>
    /// <param name="builder">The options.</param>
    /// <param name="schema">
    /// Schema of the table that remembers migrations (PostgreSQL): the authority's own, because several authorities can share a
    /// database, and a backup of a schema must say which migrations it has.
    /// </param>
    internal void Configure(DbContextOptionsBuilder builder, string? schema)
    {
        if (Engine == StoreEngine.Sqlite)
        {
            builder.UseSqlite(ConnectionString).AddInterceptors(SqlitePragmas.Instance, SqliteWriteQueue.Instance);
        }
        else
        {
            builder.UseNpgsql(PostgresConnection(), o => o.MigrationsHistoryTable(HistoryRepository.DefaultTableName, schema));
        }

        builder.UseSnakeCaseNamingConvention();
    }

    // No session keeps anything (locks end with their transaction), so none need be reset when it goes back to the pool, and the statements
    // are the same few hundred all the time. Who names these settings, for a pooler before the database perhaps, is heeded.
    private string PostgresConnection()
    {
        var connection = new NpgsqlConnectionStringBuilder(ConnectionString);
        var named = new DbConnectionStringBuilder { ConnectionString = ConnectionString };
        connection.NoResetOnClose = !named.ContainsKey("No Reset On Close") || connection.NoResetOnClose;
        connection.MaxAutoPrepare = named.ContainsKey("Max Auto Prepare") ? connection.MaxAutoPrepare : 300;
        return connection.ConnectionString;
    }

    private sealed class SqlitePragmas : DbConnectionInterceptor
    {
        public static readonly SqlitePragmas Instance = new();

        // FULL, because a CA must not lose an issued certificate at a power loss.
        private const string Sql = "pragma journal_mode=WAL; pragma synchronous=FULL; pragma foreign_keys=ON; pragma busy_timeout=30000;";

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using var command = connection.CreateCommand();
            command.CommandText = Sql;
            command.ExecuteNonQuery();
        }

        public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = Sql;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}

/// <summary>Schema of an authority's model, where it must be known before there is a context.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class AuthoritySchemaAttribute(string name) : Attribute
{
    /// <summary>The schema, for example <c>ca</c>.</summary>
    public string Name { get; } = name;
}

/// <summary>Registration of an authority's store.</summary>
public static class StoreRegistration
{
    /// <summary>
    /// Registers <see cref="IDbContextFactory{TContext}"/> of the authority's model, made by the context of the configured engine.
    /// </summary>
    public static IServiceCollection AddAuthorityStore<TModel, TSqlite, TPostgres>(this IServiceCollection services, StoreOptions options)
        where TModel : AuthorityDbContext
        where TSqlite : TModel
        where TPostgres : TModel
    {
        var schema = typeof(TModel).GetCustomAttribute<AuthoritySchemaAttribute>()?.Name;
        if (options.Engine == StoreEngine.Sqlite)
        {
            services.AddPooledDbContextFactory<TSqlite>(b => options.Configure(b, schema));
            services.TryAddSingleton<IDbContextFactory<TModel>, ModelFactory<TModel, TSqlite>>();
        }
        else
        {
            services.AddPooledDbContextFactory<TPostgres>(b => options.Configure(b, schema));
            services.TryAddSingleton<IDbContextFactory<TModel>, ModelFactory<TModel, TPostgres>>();
        }

        return services;
    }

    private sealed class ModelFactory<TModel, TContext>(IDbContextFactory<TContext> factory) : IDbContextFactory<TModel>
        where TModel : AuthorityDbContext
        where TContext : TModel
    {
        public TModel CreateDbContext() => factory.CreateDbContext();

        public async Task<TModel> CreateDbContextAsync(CancellationToken cancellationToken = default) =>
            await factory.CreateDbContextAsync(cancellationToken);
    }
}
