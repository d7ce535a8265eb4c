using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Ra.Store;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.Subscribers;

/// <summary>A certificate to take over.</summary>
/// <param name="Source">Where it comes from: a file's name or a line, for messages.</param>
/// <param name="Der">The certificate.</param>
/// <param name="SubscriberId">Stable identifier of its holder; null: the subject's serialNumber attribute, else its common name.</param>
public sealed record TakeoverItem(string Source, byte[] Der, string? SubscriberId = null);

/// <summary>
/// The RA's half of a takeover (接管): registers the certificates of a living CA, with their holders, so that they can be renewed here.
/// All or nothing. Until the CA's half has brought fresh status of that issuer, they are refused with RK-3009.
/// </summary>
public sealed class TakeOverCertificates(Acts<RaDbContext> acts, RaOptions options, TimeProvider time)
{
    /// <summary>Takes over certificates of one issuer. Those that are registered already are passed over.</summary>
    /// <param name="issuer">The foreign CA's certificate, DER.</param>
    /// <param name="items">The certificates.</param>
    /// <param name="profile">The profile that they are renewed by.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<TakeoverResult> TakeOverAsync(byte[] issuer, IReadOnlyList<TakeoverItem> items, string profile, CancellationToken cancel)
    {
        var errors = new List<TakeoverError>();
        if (ReadIssuer(issuer, errors) is not { } ca || !IsProfile(profile, errors))
        {
            return new(0, 0, errors);
        }

        await using var act = await acts.BeginAsync(cancel);
        var db = act.Db;
        var issuerRow = await FindIssuerAsync(db, ca, errors, cancel);
        var subscribers = await db.Subscribers.ToDictionaryAsync(s => s.StableId, cancel);
        var known = (await db.Certificates.AsNoTracking().Select(c => c.Sha256).ToListAsync(cancel)).Select(Convert.ToHexString).ToHashSet();
        var seen = new Dictionary<string, string>();
        var serials = new Dictionary<string, string>();
        var unchanged = 0;
        foreach (var item in items)
        {
            if (Read(item, ca, errors) is not { } certificate)
            {
                continue;
            }

            var sha256 = Convert.ToHexString(certificate.Sha256);
            if (!seen.TryAdd(sha256, item.Source))
            {
                unchanged++; // the same file twice is no mistake
            }
            else if (!serials.TryAdd(certificate.SerialHex, item.Source))
            {
                errors.Add(new(item.Source, $"has the serial number {certificate.SerialHex} of {serials[certificate.SerialHex]}, but is another certificate"));
            }
            else if (known.Contains(sha256))
            {
                unchanged++;
            }
            else
            {
                Add(db, issuerRow, item, certificate, profile, subscribers);
            }
        }

        if (errors.Count > 0)
        {
            return new(0, unchanged, errors);
        }

        var added = db.ChangeTracker.Entries<RegisteredCertificate>().Count();
        if (added > 0)
        {
            act.Record(new AuditEvent("certificates.taken-over", "command-line", $"issuer:{Convert.ToHexStringLower(ca.Sha256)}")
            {
                Details = new Dictionary<string, string> { ["added"] = added.ToString(CultureInfo.InvariantCulture), ["unchanged"] = unchanged.ToString(CultureInfo.InvariantCulture) },
            });
        }

        await act.CommitAsync(cancel); // all of it or nothing
        return new(added, unchanged, []);
    }

    private static Certificate? ReadIssuer(byte[] der, List<TakeoverError> errors)
    {
        try
        {
            var ca = Certificate.FromDer(der);
            _ = ca.PublicKey; // of a kind that we can verify with
            if (ca.IsCa)
            {
                return ca;
            }

            errors.Add(new("issuer", "is not a CA's certificate (basicConstraints)"));
        }
        catch (Exception e) when (e is MalformedException or UnsupportedKeyException)
        {
            errors.Add(new("issuer", e.Message));
        }

        return null;
    }

    private static Certificate? Read(TakeoverItem item, Certificate ca, List<TakeoverError> errors)
    {
        Certificate certificate;
        try
        {
            certificate = Certificate.FromDer(item.Der);
        }
        catch (MalformedException e)
        {
            errors.Add(new(item.Source, $"is no certificate: {e.Message}"));
            return null;
        }

        var reason =
            !certificate.Issuer.Equals(ca.Subject) ? $"was issued by {certificate.Issuer}, not by {ca.Subject}"
            : certificate.IsCa ? "is a CA's certificate, not a holder's"
            : !ca.PublicKey.Verify(certificate.SignatureOid, certificate.Tbs.Span, certificate.Signature.Span) ? "is not signed by the issuer's key"
            : StableId(item, certificate).Length is 0 or > 64 ? "names no holder: give its stable identifier in the list (1 to 64 characters)"
            : null;
        if (reason is null)
        {
            return certificate;
        }

        errors.Add(new(item.Source, reason));
        return null;
    }

    private static string StableId(TakeoverItem item, Certificate certificate) =>
        item.SubscriberId ?? certificate.Subject.Find(Oids.SubjectSerialNumber) ?? certificate.Subject.Find(Oids.CommonName) ?? "";

    private static async Task<CertificateIssuer> FindIssuerAsync(RaDbContext db, Certificate ca, List<TakeoverError> errors, CancellationToken cancel)
    {
        var name = ca.Subject.Encoded.ToArray();
        var row = await db.Issuers.SingleOrDefaultAsync(i => i.Name == name, cancel);
        if (row is { TakenOver: false })
        {
            errors.Add(new("issuer", "is this service's own CA"));
        }

        return row ?? new CertificateIssuer { Name = name, DisplayName = ca.Subject.Find(Oids.CommonName) ?? ca.Subject.ToString(), TakenOver = true };
    }

    private bool IsProfile(string profile, List<TakeoverError> errors)
    {
        if (options.Renewal.Profiles.ContainsKey(profile))
        {
            return true;
        }

        errors.Add(new("profile", $"there is no profile {profile}; there are {string.Join(", ", options.Renewal.Profiles.Keys)}"));
        return false;
    }

    private void Add(
        RaDbContext db, CertificateIssuer issuer, TakeoverItem item, Certificate certificate, string profile, Dictionary<string, Subscriber> subscribers)
    {
        var stableId = StableId(item, certificate);
        if (!subscribers.TryGetValue(stableId, out var subscriber))
        {
            subscribers[stableId] = subscriber = new Subscriber
            {
                Kind = SubscriberKind.Organisation,
                StableId = stableId,
                DisplayName = certificate.Subject.Find(Oids.CommonName) ?? stableId,
                // Whoever issued it had proof of identity then; nothing later is known.
                IdentityProvedAt = certificate.NotBefore,
                RegisteredAt = time.GetUtcNow(),
            };
            db.Subscribers.Add(subscriber);
        }

        db.Certificates.Add(new RegisteredCertificate
        {
            Sha256 = certificate.Sha256,
            Der = item.Der,
            Issuer = issuer,
            Serial = certificate.SerialHex,
            SpkiSha256 = System.Security.Cryptography.SHA256.HashData(certificate.Spki.Span),
            NotBefore = certificate.NotBefore,
            NotAfter = certificate.NotAfter,
            Subscriber = subscriber,
            Profile = profile,
            State = CertificateState.Active,
        });
    }
}
