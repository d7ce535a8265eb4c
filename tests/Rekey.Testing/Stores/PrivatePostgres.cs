using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Rekey.Store;

namespace Rekey.Testing.Stores;

/// <summary>
/// A PostgreSQL cluster of this run: in a temporary folder, reached by a Unix socket only, gone afterwards. One for the run, one
/// database for each test that asks. Needs Debian's <c>postgresql</c> package.
/// </summary>
public sealed class PrivatePostgres : IAsyncDisposable
{
    private readonly SemaphoreSlim starting = new(1);
    private string? folder;
    private int databases;

    /// <summary>An empty database.</summary>
    public async Task<StoreOptions> NewDatabaseAsync()
    {
        var root = await StartAsync();
        var name = "t" + Interlocked.Increment(ref databases).ToString(CultureInfo.InvariantCulture);
        await using var connection = new NpgsqlConnection(ConnectionString(root, "postgres"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"create database {name}", connection);
        await command.ExecuteNonQueryAsync();
        return new StoreOptions(StoreEngine.Postgres, ConnectionString(root, name));
    }

    public async ValueTask DisposeAsync()
    {
        if (folder is not null)
        {
            NpgsqlConnection.ClearAllPools();
            await RunAsync("pg_ctl", "-D", folder + "/data", "-m", "immediate", "stop");
            Directory.Delete(folder, recursive: true);
        }

        starting.Dispose();
    }

    private static string ConnectionString(string folder, string database) => $"Host={folder};Username=rekey;Database={database};Maximum Pool Size=20";

    private async Task<string> StartAsync()
    {
        await starting.WaitAsync();
        try
        {
            if (folder is not null)
            {
                return folder;
            }

            // The socket's path must stay under 108 octets.
            var root = Directory.CreateTempSubdirectory("rkpg-").FullName;
            if (Environment.UserName == "root")
            {
                await ExecuteAsync("chown", "postgres:", root);
            }

            folder = root;
            await RunAsync("initdb", "-D", root + "/data", "-U", "rekey", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync");
            await RunAsync("pg_ctl", "-D", root + "/data", "-w", "-t", "60", "-l", root + "/log", "-o",
                $"-c listen_addresses='' -c unix_socket_directories={root} -c fsync=off -c max_connections=200", "start");
            return root;
        }
        finally
        {
            starting.Release();
        }
    }

    private Task RunAsync(string tool, params string[] arguments)
    {
        var path = Directory.EnumerateDirectories("/usr/lib/postgresql").Order().Select(d => Path.Combine(d, "bin", tool)).LastOrDefault(File.Exists)
            ?? throw new InvalidOperationException("PostgreSQL is missing: apt-get install postgresql");
        return Environment.UserName == "root"
            ? ExecuteAsync("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", "env", "HOME=" + folder, "LC_ALL=C.UTF-8", path, .. arguments])
            : ExecuteAsync(path, arguments);
    }

    private static async Task ExecuteAsync(string program, params string[] arguments)
    {
        // Output goes nowhere: a server that inherits a pipe would keep it open.
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1", program, program, .. arguments]) { WorkingDirectory = "/tmp" })!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
        }
    }
}
