using Rekey.Pki.Certificates;
using Rekey.Server.Settings;

namespace Rekey.Server.Serving;

/// <summary>
/// Who may connect to a host of the institution: the certificates that its settings name, and later ones of the same host by the same CA,
/// because the CA renews its own; as long as they are valid, lead to its roots, and are in no CRL that this host has.
/// </summary>
/// <param name="pins">The certificates that the settings name.</param>
/// <param name="chains">Leads to the roots.</param>
/// <param name="crls">Files of the CRLs that the host has; those that are not there are passed over.</param>
/// <param name="deed">What they may do, for those who are refused.</param>
/// <param name="time">The clock.</param>
internal sealed class PinnedClients(IReadOnlyList<Certificate> pins, ChainValidator chains, IReadOnlyList<string> crls, string deed, TimeProvider time)
{
    /// <summary>Who may push to a publisher.</summary>
    public static PinnedClients Of(PublisherSettings settings, TimeProvider time) => new(
        [.. settings.Pushers.Select(Parts.Read)],
        new([.. settings.Anchors.Values.Select(Parts.Read)], settings.Issuers.Values.Select(Parts.Read)),
        [.. settings.Issuers.Keys.Select(name => Path.Combine(settings.Directory, $"{name}.crl"))],
        "push",
        time);

    /// <summary>Who may call a key-management centre, which has no CRL: a certificate that must not any more is taken out of its settings.</summary>
    public static PinnedClients Of(KmcSettings settings, TimeProvider time) => new([.. settings.Clients.Select(Parts.Read)], KmcParts.Chains(settings), [], "call", time);

    /// <summary>Why a certificate is refused; null when it is not.</summary>
    public async Task<string?> WhyNotAsync(Certificate certificate, CancellationToken cancel)
    {
        if (!pins.Any(p => IsOrFollows(certificate, p)))
        {
            return $"this certificate is not one of those that may {deed}";
        }

        var policy = new ChainPolicy(time.GetUtcNow()) { RequiredUsage = KeyUsages.DigitalSignature, RequiredPurpose = Oids.ClientAuth };
        if (chains.Validate(certificate, policy).Fault is { } fault)
        {
            return $"the certificate is not accepted: {fault}";
        }

        foreach (var file in crls)
        {
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
