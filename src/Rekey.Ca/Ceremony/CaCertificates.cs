using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Ceremony;

/// <summary>How the certificates of root and issuing CA look.</summary>
internal static class CaCertificates
{
    private const KeyUsages CaUsage = KeyUsages.KeyCertSign | KeyUsages.CrlSign;

    public static CertificateTemplate Root(CeremonyOptions options, PublicKey key, DateTimeOffset since) => new()
    {
        SignatureSuite = key.Suite,
        Issuer = options.RootSubject,
        Subject = options.RootSubject,
        NotBefore = since,
        NotAfter = since.AddYears(options.RootYears),
        Spki = key.Spki,
        Extensions =
        [
            ExtensionWriter.SubjectKeyIdentifier(ExtensionWriter.KeyIdentifier(key.Spki)),
            ExtensionWriter.BasicConstraints(true),
            ExtensionWriter.KeyUsage(CaUsage),
        ],
    };

    public static CertificateRules RootRules(CeremonyOptions options) => new()
    {
        Profile = "root",
        KeyTypes = [options.RootSuite],
        KeyUsage = CaUsage,
        IsCa = true,
        MaxValidity = TimeSpan.FromDays(366 * options.RootYears),
    };

    public static CertificateTemplate Issuing(CeremonyOptions options, PublicKey key, Certificate root, DateTimeOffset since) => new()
    {
        SignatureSuite = root.PublicKey.Suite,
        Issuer = root.Subject,
        Subject = options.IssuingSubject,
        NotBefore = since,
        NotAfter = since.AddYears(options.IssuingYears) is var end && end < root.NotAfter ? end : root.NotAfter,
        Spki = key.Spki,
        Extensions =
        [
            ExtensionWriter.AuthorityKeyIdentifier(root.SubjectKeyIdentifier!),
            ExtensionWriter.SubjectKeyIdentifier(ExtensionWriter.KeyIdentifier(key.Spki)),
            ExtensionWriter.BasicConstraints(true, 0),
            ExtensionWriter.KeyUsage(CaUsage),
            ExtensionWriter.CrlDistributionPoints([RootCrl(options)]),
            ExtensionWriter.AuthorityInfoAccess([], [RootCertificate(options)]),
        ],
    };

    public static CertificateRules IssuingRules(CeremonyOptions options) => new()
    {
        Profile = "issuing CA",
        KeyTypes = [options.IssuingSuite],
        KeyUsage = CaUsage,
        IsCa = true,
        PathLength = 0,
        MaxValidity = TimeSpan.FromDays(366 * options.IssuingYears),
        CrlUrls = [RootCrl(options)],
        CaIssuerUrls = [RootCertificate(options)],
    };

    private static string RootCrl(CeremonyOptions options) => $"{options.Publisher}/crl/{options.RootName}.crl";

    private static string RootCertificate(CeremonyOptions options) => $"{options.Publisher}/ca/{options.RootName}.cer";
}
