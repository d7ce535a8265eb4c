using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Issuers;
using Rekey.Ca.Store;
using Rekey.Store.Schema;

namespace Rekey.Ca;

/// <summary>Before anything else: the store has this program's schema (a new SQLite file gets it), and the issuing CAs and services have their rows.</summary>
internal sealed class CaStartup(IDbContextFactory<CaDbContext> store, CertificationAuthority ca, ServiceCertificates services) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var db = await store.CreateDbContextAsync(cancellationToken);
        await StoreSchema.OpenAsync(db, cancellationToken);
        foreach (var issuer in ca.Issuers)
        {
            await db.IssuerIdAsync(issuer, cancellationToken);
        }

        await services.RecordConfiguredAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
