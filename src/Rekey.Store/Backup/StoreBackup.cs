using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Rekey.Store.Backup;

/// <summary>A backup or restore that did not work. The message is for the administrator.</summary>
public sealed class BackupException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Backs up a store while it runs, and restores it: one file each. SQLite by its online backup, PostgreSQL by <c>pg_dump</c> in the
/// custom format, so every file is one consistent moment.
/// </summary>
public static class StoreBackup
{
    /// <summary>Writes a backup.</summary>
    /// <param name="options">The store.</param>
    /// <param name="schema">The authority's schema.</param>
    /// <param name="file">A new file; made readable for its owner alone.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="BackupException">It did not work; no file is left.</exception>
    public static async Task BackUpAsync(StoreOptions options, string schema, string file, CancellationToken ct)
    {
        if (File.Exists(file))
        {
            throw new BackupException($"{file}: exists already");
        }

        var part = $"{file}.part";
        CreatePrivate(part);
        try
        {
            if (options.Engine == StoreEngine.Sqlite)
            {
                CopySqlite(options.ConnectionString, $"Data Source={part};Pooling=False");
            }
            else
            {
                await PostgresAsync("pg_dump", options, ["--format=custom", $"--schema={schema}", "--no-owner", $"--file={part}"], ct);
            }

            File.Move(part, file);
        }
        catch (SqliteException e)
        {
            File.Delete(part);
            throw new BackupException($"{file}: {e.Message}", e);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    /// <summary>Restores a backup into a store that has no tables of this schema.</summary>
    /// <exception cref="BackupException">The store is not empty, or the file is not a backup.</exception>
    public static async Task RestoreAsync(StoreOptions options, string schema, string file, CancellationToken ct)
    {
        if (!File.Exists(file))
        {
            throw new BackupException($"{file}: does not exist");
        }

        if (options.Engine == StoreEngine.Sqlite)
        {
            var target = new SqliteConnectionStringBuilder(options.ConnectionString).DataSource;
            if (File.Exists(target))
            {
                throw new BackupException($"{target}: exists already; stop the service and move it away first");
            }

            CheckSqlite(file);
            CopySqlite($"Data Source={file};Mode=ReadOnly;Pooling=False", options.ConnectionString);
            return;
        }

        await RefusePresentSchemaAsync(options, schema, ct);
        var database = new NpgsqlConnectionStringBuilder(options.ConnectionString).Database!;
        await PostgresAsync("pg_restore", options, ["--exit-on-error", "--single-transaction", "--no-owner", $"--dbname={database}", file], ct);
    }

    private static void CopySqlite(string from, string to)
    {
        using var source = new SqliteConnection(from);
        using var target = new SqliteConnection(to);
        source.Open();
        target.Open();
        source.BackupDatabase(target);
    }

    private static void CheckSqlite(string file)
    {
        try
        {
            using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "pragma integrity_check";
            if (command.ExecuteScalar() as string != "ok")
            {
                throw new BackupException($"{file}: is damaged");
            }
        }
        catch (SqliteException e)
        {
            throw new BackupException($"{file}: is not a backup of an SQLite store", e);
        }
    }

    private static async Task RefusePresentSchemaAsync(StoreOptions options, string schema, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(options.ConnectionString);
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand("select exists (select 1 from information_schema.schemata where schema_name = $1)", connection);
        command.Parameters.AddWithValue(schema);
        if (await command.ExecuteScalarAsync(ct) is true)
        {
            throw new BackupException($"the database has a schema {schema} already; restore into a new database");
        }
    }

    private static async Task PostgresAsync(string program, StoreOptions options, IEnumerable<string> arguments, CancellationToken ct)
    {
        var connection = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // By the environment: arguments can be read by every user of the machine.
        start.Environment["PGHOST"] = connection.Host;
        start.Environment["PGPORT"] = connection.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        start.Environment["PGDATABASE"] = connection.Database;
        start.Environment["PGUSER"] = connection.Username;
        if (connection.Password is { Length: > 0 } password)
        {
            start.Environment["PGPASSWORD"] = password;
        }

        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var error = await process.StandardError.ReadToEndAsync(ct);
            await process.WaitForExitAsync(ct);
            if (process.ExitCode != 0)
            {
                throw new BackupException($"{program}: {error.Trim()}");
            }
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new BackupException($"{program}: not found; it comes with PostgreSQL's client programs", e);
        }
    }

    private static void CreatePrivate(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var stream = new FileStream(path, options);
    }
}
