using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ca.Configuration;
using Rekey.Ca.Issuers;
using Rekey.Ca.Store;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Ceremony;

/// <summary>
/// Renews the certificate of a service that runs beside the CA, with a new key, and makes the service use it. The same run takes up what
/// another process renewed, or what an administrator put into the files.
/// </summary>
internal sealed class RenewServiceCertificate(CertificationAuthority ca, ServiceCertificates certificates, IDbContextFactory<CaDbContext> store, TimeProvider time)
{
    /// <summary>
    /// So long before its end a certificate is renewed: earlier than the doctor warns, so that a warning about one of these says that its
    /// renewal does not work.
    /// </summary>
    public static readonly TimeSpan Before = TimeSpan.FromDays(45);

    private const string Actor = "job:service-certificates";

    /// <summary>Whether a certificate is to be renewed now. Not when the issuing CA ends with it: the next one would end on the same day.</summary>
    public static bool IsDue(Certificate certificate, Certificate issuing, DateTimeOffset now) =>
        certificate.NotAfter < now + Before && certificate.NotAfter < issuing.NotAfter;

    /// <summary>Renews it when it is due, and takes up what the files then hold.</summary>
    /// <returns>Whether the service uses another certificate than before.</returns>
    /// <exception cref="ConfigurationException">It is due and cannot be renewed, or the files do not fit; the service goes on with what it has.</exception>
    /// <exception cref="IOException">The files cannot be written, or another process is at it.</exception>
    public async Task<bool> RunAsync(OwnService service, CancellationToken ct)
    {
        if (service.IsHalfRenewed || DueIssuer(service) is not null)
        {
            using var alone = service.Lock();
            service.Settle();
            if (DueIssuer(service) is { } issuer) // else another process was quicker, or a run that died had come far enough
            {
                await RenewAsync(service, issuer, ct);
            }
        }

        return service.TakeUp();
    }

    private IssuingAuthority? DueIssuer(OwnService service)
    {
        var certificate = service.Certificate;
        return ca.Issuers.FirstOrDefault(i => i.Certificate.Subject.Equals(certificate.Issuer)) is { } issuer && IsDue(certificate, issuer.Certificate, time.GetUtcNow()) ? issuer : null;
    }

    private async Task RenewAsync(OwnService service, IssuingAuthority issuer, CancellationToken ct)
    {
        var old = service.Certificate;
        await RequireInUseAsync(service, old, ct);
        using var key = SoftwareSigningKey.Generate(old.PublicKey.Suite);
        service.WriteNext(key);
        var wish = new ServiceWish(service.Role, Years(old)) { Hosts = Hosts(old), Replaces = old };
        var renewed = await certificates.SignAsync(wish, key.PublicKey, issuer, Actor, ct);

        // COMMIT. Before this the old pair stands, and a next key that nobody asks for. From here on the new certificate stands, and whoever
        // opens it finds its key beside the old one (KeyFile.ReadFor) until the next line, or the next run, has put it into its place.
        service.Replace(certificates.Pem(renewed));
        service.Settle();
    }

    // Whoever revoked it had a reason; a lost key is not answered by the next certificate for whoever found it.
    private async Task RequireInUseAsync(OwnService service, Certificate certificate, CancellationToken ct)
    {
        await using var db = await store.CreateDbContextAsync(ct);
        var sha256 = certificate.Sha256;
        var state = await db.Certificates.Where(c => c.Sha256 == sha256).Select(c => (CertificateState?)c.State).SingleOrDefaultAsync(ct);
        if (state is not (null or CertificateState.Confirmed))
        {
            throw new ConfigurationException($"{service.File}: is revoked or on hold; a next one is made by hand: rekey ca service-certificate");
        }
    }

    private static int Years(Certificate certificate) => Math.Max(1, (int)Math.Round((certificate.NotAfter - certificate.NotBefore).TotalDays / 365.25));

    private static List<string> Hosts(Certificate certificate)
    {
        if (certificate.Find(Oids.SubjectAltName) is not { } names)
        {
            return [];
        }

        // The one in the subject first, so that the next subject is the same.
        var read = new X509SubjectAlternativeNameExtension(names.Value.Span);
        var hosts = read.EnumerateDnsNames().Concat(read.EnumerateIPAddresses().Select(a => a.ToString()));
        return [.. hosts.OrderByDescending(h => certificate.Subject.Find(Oids.CommonName)?.EndsWith($" {h}", StringComparison.Ordinal) == true)];
    }
}
