using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.Renewal;

/// <summary>Loads what <see cref="RenewalRule"/> decides on.</summary>
internal sealed class RenewalCases(RaOptions options, TimeProvider time)
{
    /// <summary>The case of a certificate.</summary>
    public static async Task<RenewalCase> LoadAsync(RaDbContext db, CertificateFacts facts, CancellationToken cancel)
    {
        var record = await db.Certificates.AsNoTracking().Include(c => c.Subscriber).Include(c => c.Issuer)
            .SingleOrDefaultAsync(c => c.Sha256 == facts.Sha256, cancel);
        if (record is null)
        {
            return new(facts, await db.Issuers.AnyAsync(i => i.Name == facts.Issuer, cancel), null, null, null);
        }

        var successor = record.State != CertificateState.Superseded ? null : await db.Certificates
            .Where(c => c.RenewedFromId == record.Id && c.State != CertificateState.Unconfirmed)
            .OrderBy(c => c.Id).Select(c => c.Serial).FirstOrDefaultAsync(cancel);
        return new(facts, true, record, successor, null);
    }

    /// <summary>Why the certificate cannot be renewed now, or null when it can.</summary>
    public async Task<Problem?> DecideAsync(RaDbContext db, CertificateFacts facts, CancellationToken cancel)
    {
        var c = await LoadAsync(db, facts, cancel);
        return RenewalRule.Decide(c, RuleOf(c), time.GetUtcNow(), options.Institution.Zone());
    }

    /// <summary>The rule of the certificate's profile.</summary>
    public ProfileRule RuleOf(RenewalCase c) => options.Renewal.For(c.Record?.Profile ?? "default");
}
