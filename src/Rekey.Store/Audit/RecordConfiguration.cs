using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Rekey.Store.Audit;

/// <summary>The configuration that a process starts with.</summary>
/// <param name="Host">Which of the authority's hosts, and where on it.</param>
/// <param name="Sha256">Of all its files, lower-case hex.</param>
public sealed record ConfigurationMark(string Host, string Sha256)
{
    /// <summary>The mark of files, in this order. A file that is missing counts as empty: whoever needs it says so.</summary>
    public static ConfigurationMark Of(string directory, params IEnumerable<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            var content = File.Exists(file) ? File.ReadAllBytes(file) : [];
            hash.AppendData(BitConverter.GetBytes((long)content.Length));
            hash.AppendData(content);
        }

        var place = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Path.GetFullPath(directory))))[..8];
        return new($"{Environment.MachineName}-{place}", Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}

/// <summary>At start: an audit entry when the configuration is not the one that this host started with last.</summary>
internal sealed class RecordConfiguration<TContext>(Acts<TContext> acts, IDbContextFactory<TContext> store, ConfigurationMark mark) : IHostedService
    where TContext : AuthorityDbContext
{
    private const string Kind = "configuration.changed";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var target = $"host:{mark.Host}";
        await using (var db = await store.CreateDbContextAsync(cancellationToken))
        {
            var last = await db.Set<AuditEntryRow>().Where(e => e.Target == target && e.Kind == Kind).OrderByDescending(e => e.Id).Select(e => e.Body).FirstOrDefaultAsync(cancellationToken);
            if (last is not null && AuditBody.Read(last)?.Details.GetValueOrDefault("sha256") == mark.Sha256)
            {
                return;
            }
        }

        await acts.RecordAsync(
            new AuditEvent(Kind, "service:start", target) { Details = new Dictionary<string, string> { ["sha256"] = mark.Sha256 } }, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Registration of the configuration's audit.</summary>
public static class ConfigurationAudit
{
    /// <summary>Records a changed configuration at start in the authority's audit log.</summary>
    public static IServiceCollection AddConfigurationAudit<TContext>(this IServiceCollection services, ConfigurationMark mark)
        where TContext : AuthorityDbContext =>
        services.AddSingleton<IHostedService>(p => ActivatorUtilities.CreateInstance<RecordConfiguration<TContext>>(p, mark));
}
