using System.Diagnostics;
using Npgsql;
using Rekey.Store;

namespace Rekey.Testing;

/// <summary>
/// A PostgreSQL cluster of this test run alone: in a directory under /tmp, reached by a socket there, no TCP port. Started at first
/// use, stopped and removed when the process ends. Each test takes a database of its own.
/// </summary>
public static class PrivatePostgres
{
    private static readonly Lazy<string> Cluster = new(Start);
    private static int databases;
    private static int stopped;

    /// <summary>Whether PostgreSQL's server programs are installed.</summary>
    public static bool IsAvailable => Programs is not null;

    private static string? Programs => Directory.Exists("/usr/lib/postgresql")
        ? Directory.EnumerateDirectories("/usr/lib/postgresql").OrderDescending().Select(d => Path.Combine(d, "bin")).FirstOrDefault(b => File.Exists(Path.Combine(b, "initdb")))
        : null;

    /// <summary>
    /// Whether a commit reaches the disk. Tests need not wait for that; a measurement must. Set before the first use.
    /// </summary>
    public static bool Durable { get; set; }

    /// <summary>Process id of the cluster's first process.</summary>
    public static int ProcessId => int.Parse(File.ReadLines($"{Cluster.Value}/data/postmaster.pid").First(), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A new empty database.</summary>
    public static StoreOptions NewDatabase()
    {
        var directory = Cluster.Value;
        var name = $"t{Interlocked.Increment(ref databases)}";
        using var connection = new NpgsqlConnection($"Host={directory};Username=rekey;Database=postgres;Pooling=False");
        connection.Open();
        using var command = new NpgsqlCommand($"create database {name}", connection);
        command.ExecuteNonQuery();
        return new(StoreEngine.Postgres, $"Host={directory};Username=rekey;Database={name}");
    }

    private static string Start()
    {
        var programs = Programs ?? throw new InvalidOperationException("PostgreSQL is not installed: apt-get install postgresql");
        var directory = Directory.CreateTempSubdirectory("rkpg.").FullName; // short: a socket's path has room for 107 octets
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Stop();
        if (Environment.IsPrivilegedProcess)
        {
            Run("chown", "postgres:", directory);
        }

        RunAs(directory, Path.Combine(programs, "initdb"), "-D", $"{directory}/data", "-U", "rekey", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync");
        RunAs(
            directory, Path.Combine(programs, "pg_ctl"), "-D", $"{directory}/data", "-w", "-t", "60", "-l", $"{directory}/log",
            "-o", $"-c listen_addresses='' -c unix_socket_directories={directory} -c fsync={(Durable ? "on" : "off")} -c max_connections=200", "start");
        return directory;
    }

    /// <summary>Stops the cluster and removes it; nothing may use it any more.</summary>
    public static void Stop()
    {
        if (!Cluster.IsValueCreated || Interlocked.Exchange(ref stopped, 1) == 1)
        {
            return;
        }

        NpgsqlConnection.ClearAllPools();
        RunAs(Cluster.Value, Path.Combine(Programs!, "pg_ctl"), "-D", $"{Cluster.Value}/data", "-m", "immediate", "stop");
        Directory.Delete(Cluster.Value, recursive: true);
    }

    /// <summary>As an assembly fixture it stops the cluster when the last test has ended, before the runner counts the seconds.</summary>
    public sealed class Cleanup : IDisposable
    {
        public void Dispose() => Stop();
    }

    private static void RunAs(string home, params string[] command)
    {
        // PostgreSQL refuses to run as root.
        string[] prefix = Environment.IsPrivilegedProcess
            ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "env", $"HOME={home}", "LC_ALL=C.UTF-8"]
            : [];
        Run([.. prefix, .. command]);
    }

    private static void Run(params string[] command)
    {
        // The server must not inherit a pipe of ours, or reading it to its end would wait for the server's end.
        var start = new ProcessStartInfo("sh", ["-c", "\"$@\" >/dev/null 2>&1 </dev/null", "sh", .. command]) { WorkingDirectory = "/tmp" };
        using var process = Process.Start(start)!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}");
        }
    }
}
