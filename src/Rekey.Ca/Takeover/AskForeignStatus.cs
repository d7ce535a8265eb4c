using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Issuers;
using Rekey.Ca.Store;
using Rekey.Contract.Upstream;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Takeover;

/// <summary>Answers an RA's question about a taken-over CA's certificate.</summary>
internal sealed class AskForeignStatus(IDbContextFactory<CaDbContext> contexts, ForeignStatus status, TimeProvider time) : IForeignStatus
{
    /// <summary>How long an RA may rely on an answer: as often as the CRLs are looked at.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public async Task<ForeignCertificateStatus> StatusAsync(ReadOnlyMemory<byte> certificate, CancellationToken cancel)
    {
        Certificate asked;
        try
        {
            asked = Certificate.FromDer(certificate);
        }
        catch (MalformedException)
        {
            return new(null, null);
        }

        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.ForeignIssuerAsync(asked, cancel) is not { } issuer || await status.FreshCrlAsync(db, issuer, cancel) is not var (crl, until))
        {
            return new(null, null);
        }

        if (crl.Find(asked.SerialHex) is { } entry)
        {
            return new(null, entry.RevokedAt);
        }

        var longest = time.GetUtcNow() + Longest;
        return new(until < longest ? until : longest, null);
    }
}
