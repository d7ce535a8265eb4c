using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;

namespace Rekey.Ra.OldKeys;

/// <summary>Finds the certificate that a relying party names. One whose key opens nothing is no answer, unless its other half's does.</summary>
internal static class FindCertificate
{
    private const int HashLength = 64;
    private const int LongestName = 4096;

    /// <summary>Finds it, tracked, with its subscriber and issuer.</summary>
    /// <param name="db">The store.</param>
    /// <param name="named">As the relying party names it.</param>
    /// <param name="registered">
    /// What the reference stands for already; null for a new one. The same subscriber then means the same certificate, also after a renewal.
    /// </param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ProblemException">There is none, it is not clear which, or its key opens nothing.</exception>
    public static async Task<RegisteredCertificate> RunAsync(RaDbContext db, NamedCertificate named, RegisteredCertificate? registered, CancellationToken cancel)
    {
        switch (named)
        {
            case { Sha256: { Length: HashLength } hash, Issuer: null, Serial: null, Subscriber: null } when hash.All(char.IsAsciiHexDigit):
                var sha256 = Convert.FromHexString(hash);
                return await OpeningAsync(db, Known(db).Where(c => c.Sha256 == sha256), cancel);
            case { Sha256: null, Issuer: { } issuer, Serial: { Length: > 0 and <= 42 } number, Subscriber: null } when number.All(char.IsAsciiHexDigit) && Name(issuer) is { } name:
                var serial = Serial(number);
                return await OpeningAsync(db, Known(db).Where(c => c.Serial == serial && c.Issuer.Name == name), cancel);
            case { Sha256: null, Issuer: null, Serial: null, Subscriber: { Length: > 0 and <= 64 } subscriber }:
                return registered is not null && registered.Subscriber.StableId == subscriber ? registered : await OfAsync(db, subscriber, cancel);
            default:
                throw new ProblemException(Problems.BadRequest("certificate has sha256, or issuer and serial, or subscriber"));
        }
    }

    // One that nobody has confirmed is nobody's yet.
    private static IQueryable<RegisteredCertificate> Known(RaDbContext db) =>
        db.Certificates.Include(c => c.Subscriber).Include(c => c.Issuer).Where(c => c.State != CertificateState.Unconfirmed);

    private static async Task<RegisteredCertificate> OpeningAsync(RaDbContext db, IQueryable<RegisteredCertificate> query, CancellationToken cancel)
    {
        var found = await query.SingleOrDefaultAsync(cancel) ?? throw new ProblemException(Problems.CertificateUnknown());
        return CertificateFacts.Read(found.Der)!.Opens ? found
            : await Known(db).SingleOrDefaultAsync(c => c.PairOfId == found.Id, cancel) ?? throw new ProblemException(Problems.KeyOpensNothing());
    }

    private static async Task<RegisteredCertificate> OfAsync(RaDbContext db, string subscriber, CancellationToken cancel)
    {
        var active = await Known(db).Where(c => c.Subscriber.StableId == subscriber && c.State == CertificateState.Active).ToListAsync(cancel);
        return active.Where(c => CertificateFacts.Read(c.Der)!.Opens).ToList() switch
        {
            [var one] => one,
            [] => throw new ProblemException(active.Count == 0 ? Problems.CertificateUnknown() : Problems.KeyOpensNothing()),
            var several => throw new ProblemException(Problems.SeveralCertificates(several.Count)),
        };
    }

    private static byte[]? Name(string base64)
    {
        var octets = new byte[LongestName];
        return base64.Length <= LongestName && Convert.TryFromBase64String(base64, octets, out var length) ? octets[..length] : null;
    }

    // As the store has it: upper case, whole octets, no leading zeros beyond one.
    private static string Serial(string hex)
    {
        var digits = hex.TrimStart('0').ToUpperInvariant();
        return digits.Length % 2 == 0 ? digits : "0" + digits;
    }
}
