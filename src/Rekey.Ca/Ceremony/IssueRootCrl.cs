using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ca.Configuration;
using Rekey.Ca.Issuers;
using Rekey.Ca.Revocation;
using Rekey.Ca.Store;
using Rekey.Pki.Certificates;
using Rekey.Store;
using Rekey.Store.Audit;
using Rekey.Store.Keys;

namespace Rekey.Ca.Ceremony;

/// <summary>An issuing CA that a root takes back.</summary>
/// <param name="SerialHex">Its certificate's serial number, upper-case hex.</param>
/// <param name="Reason">Why; a CA is not put on hold.</param>
internal sealed record CaRevocation(string SerialHex, RevocationReason Reason);

/// <summary>The next CRL of a root.</summary>
/// <param name="KeyFile">The root's key, as it comes from the safe.</param>
/// <param name="Passphrase">Of the key file; the service's passphrase does not open it.</param>
internal sealed record RootCrlOrder(string KeyFile, string Passphrase)
{
    /// <summary>Days from thisUpdate to nextUpdate, unless somebody says otherwise.</summary>
    public const int DefaultDays = 365;

    /// <summary>Days from thisUpdate to nextUpdate.</summary>
    public int Days { get; init; } = DefaultDays;

    /// <summary>An issuing CA that it shall name besides those that the last one names.</summary>
    public CaRevocation? Revoke { get; init; }
}

/// <summary>
/// Makes the next CRL of a root, whose key is brought from the safe for it. The last CRL is what it goes on from: its number, and the
/// CAs that it names, stay. The publisher takes the file up by itself, and the CA pushes it to publishers on other hosts.
/// </summary>
internal sealed class IssueRootCrl(CertificationAuthority ca, IDbContextFactory<CaDbContext> store, Acts<CaDbContext> acts, TimeProvider time)
{
    /// <summary>Makes it.</summary>
    /// <returns>Its file, and what is in it.</returns>
    /// <exception cref="ConfigurationException">The key is no root's of this CA, the last CRL is missing or not the root's, or the order does not fit.</exception>
    /// <exception cref="Pki.Keys.PrivateKeyException">The key file cannot be opened, or the passphrase is wrong; the message names the file.</exception>
    public async Task<(string File, CertificateRevocationList Crl)> RunAsync(RootCrlOrder order, string actor, CancellationToken ct)
    {
        using var key = KeyFile.Read(order.KeyFile, order.Passphrase);
        var (name, root) = ca.Settings.Anchors.Zip(ca.Anchors).FirstOrDefault(a => a.Second.Spki.Span.SequenceEqual(key.PublicKey.Spki.Span)) is ({ } file, { } anchor)
            ? (Path.GetFileNameWithoutExtension(file), anchor)
            : throw new ConfigurationException($"{order.KeyFile}: is not the key of a root that ca.yaml names under anchors");
        var target = ca.Settings.RootCrl(name);
        var last = Last(target, root);
        var now = Now(target, last);
        var template = new CrlTemplate
        {
            Number = (long)last.Number! + 1,
            ThisUpdate = now,
            NextUpdate = now.AddDays(order.Days),
            Entries = [.. last.Entries, .. order.Revoke is { } revoke ? await RevokedAsync(revoke, root, last, now, ct) : []],
        };
        var der = CrlBuilder.Sign(template, root, key);

        // The audit entry first: a crash after it leaves an entry about a CRL that nobody has, and the next run makes the same number.
        await acts.RecordAsync(Audit(template, name, order.Revoke, actor), ct);
        PublicFile.Replace(target, der); // COMMIT: before it the old CRL stands, after it the new one
        return (target, CertificateRevocationList.Read(der));
    }

    private static CertificateRevocationList Last(string file, Certificate root)
    {
        try
        {
            var last = CertificateRevocationList.Read(File.ReadAllBytes(file));
            return last.Number is not null && last.Verify(root.PublicKey) ? last
                : throw new ConfigurationException($"{file}: is not a numbered CRL of {root.Subject}; put the last one there, which the publisher has");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or MalformedException)
        {
            throw new ConfigurationException($"{file}: {e.Message}; the next CRL goes on from the last one: put it there, the publisher has it", e);
        }
    }

    // A publisher keeps the CRL with the latest thisUpdate.
    private DateTimeOffset Now(string file, CertificateRevocationList last)
    {
        var now = time.GetUtcNow().ToWholeSecond();
        return now >= last.ThisUpdate ? now
            : throw new ConfigurationException($"{file}: is from {last.ThisUpdate:yyyy-MM-dd HH:mm}Z, which is still to come; set the clock");
    }

    private async Task<CrlEntry[]> RevokedAsync(CaRevocation revoke, Certificate root, CertificateRevocationList last, DateTimeOffset now, CancellationToken ct)
    {
        if (last.Find(revoke.SerialHex) is { } entry)
        {
            throw new ConfigurationException($"{revoke.SerialHex} is revoked since {entry.RevokedAt:yyyy-MM-dd HH:mm}Z");
        }

        if (revoke.Reason == RevocationReason.CertificateHold)
        {
            throw new ConfigurationException("a CA is revoked for good, not put on hold");
        }

        // The store keeps the rows of all issuing CAs that this CA ever had.
        await using var db = await store.CreateDbContextAsync(ct);
        var issuing = await db.Issuers.Where(i => i.Kind == IssuerKind.Own).Select(i => i.Der).ToListAsync(ct);
        return issuing.Select(der => Certificate.FromDer(der)).Any(c => c.SerialHex == revoke.SerialHex && c.Issuer.Equals(root.Subject) && c.Verify(root.PublicKey))
            ? [new(revoke.SerialHex, now, (int)revoke.Reason)]
            : throw new ConfigurationException($"{revoke.SerialHex} is not the serial number of an issuing CA below {root.Subject}; a holder's or service's certificate is revoked by rekey ca revoke");
    }

    private static AuditEvent Audit(CrlTemplate crl, string root, CaRevocation? revoke, string actor)
    {
        var details = new Dictionary<string, string>
        {
            ["number"] = crl.Number.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["nextUpdate"] = crl.NextUpdate.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
        };
        if (revoke is not null)
        {
            details["revoked"] = revoke.SerialHex;
            details["reason"] = revoke.Reason.ToString();
        }

        return new AuditEvent("root-crl.issued", actor, $"root:{root}") { Details = details };
    }
}
