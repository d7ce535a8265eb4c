using Rekey.Pki.Certificates;
using Rekey.Server.Settings;

namespace Rekey.Server.Serving;

/// <summary>
/// Who may push to this publisher: the certificates that its settings name, and later ones of the same host by the same CA, because the
/// CA renews its own; as long as they are valid, lead to its roots, and are not in the CRL that it publishes itself.
/// </summary>
internal sealed class PinnedClients(PublisherSettings settings, TimeProvider time)
{
    private readonly List<Certificate> pins = settings.Pushers.Select(Parts.Read).ToList();
    private readonly ChainValidator chains = new([.. settings.Anchors.Values.Select(Parts.Read)], settings.Issuers.Values.Select(Parts.Read));

    /// <summary>Why a certificate is refused; null when it is not.</summary>
    public async Task<string?> WhyNotAsync(Certificate certificate, CancellationToken cancel)
    {
        if (!pins.Any(p => IsOrFollows(certificate, p)))
        {
            return "this certificate is not one of those that may push";
        }

        var policy = new ChainPolicy(time.GetUtcNow()) { RequiredUsage = KeyUsages.DigitalSignature, RequiredPurpose = Oids.ClientAuth };
        if (chains.Validate(certificate, policy).Fault is { } fault)
        {
            return $"the certificate is not accepted: {fault}";
        }

        foreach (var name in settings.Issuers.Keys)
        {
            var file = Path.Combine(settings.Directory, $"{name}.crl");
            if (File.Exists(file) && CertificateRevocationList.Read(await File.ReadAllBytesAsync(file, cancel)) is var crl
                && crl.Issuer.Equals(certificate.Issuer) && crl.Find(certificate.SerialHex) is not null)
            {
                return "the certificate is revoked";
            }
        }

        return null;
    }

    // A host's name stands in the subject of its TLS certificate, and in no other: holders' subjects have an identifier, other services' their role.
    private static bool IsOrFollows(Certificate certificate, Certificate pin) => certificate.Equals(pin)
        || (certificate.Subject.Equals(pin.Subject) && certificate.Issuer.Equals(pin.Issuer) && certificate.NotAfter > pin.NotAfter
            && certificate.ExtendedKeyUsage.Contains(Oids.ServerAuth));
}
