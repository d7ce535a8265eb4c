using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Ceremony;

/// <summary>A service that has a certificate of the issuing CA.</summary>
/// <param name="Name">In file names.</param>
/// <param name="Title">Last part of its subject's common name.</param>
/// <param name="Folder">Where the ceremony puts its key.</param>
/// <param name="Purposes">extKeyUsage.</param>
internal sealed record ServiceRole(string Name, string Title, string Folder, IReadOnlyList<string> Purposes)
{
    /// <summary>The delegated OCSP signer (RFC 6960 section 4.2.2.2).</summary>
    public static readonly ServiceRole Ocsp = new("ocsp", "OCSP", "keys", [Oids.OcspSigning]);

    /// <summary>Signs CMP answers, and delivers keys that the key-management centre made (RFC 9480 section 2.2).</summary>
    public static readonly ServiceRole Cmp = new("cmp", "CMP", "keys", [Oids.CmcCa, Oids.CmKga]);

    /// <summary>Signs nested CMP requests.</summary>
    public static readonly ServiceRole Ra = new("ra", "RA", "ra", [Oids.CmcRa]);

    public static IReadOnlyList<ServiceRole> All { get; } = [Ocsp, Cmp, Ra];

    public CertificateTemplate Template(CeremonyOptions options, PublicKey key, Certificate issuing, DateTimeOffset now)
    {
        var extensions = new List<CertificateExtension>
        {
            ExtensionWriter.AuthorityKeyIdentifier(issuing.SubjectKeyIdentifier!),
            ExtensionWriter.SubjectKeyIdentifier(ExtensionWriter.KeyIdentifier(key.Spki)),
            ExtensionWriter.BasicConstraints(false),
            ExtensionWriter.KeyUsage(KeyUsages.DigitalSignature),
            ExtensionWriter.ExtendedKeyUsage(Purposes),
        };
        extensions.AddRange(this == Ocsp
            ? [ExtensionWriter.OcspNoCheck()]
            : [
                ExtensionWriter.CrlDistributionPoints(CrlUrls(options)),
                ExtensionWriter.AuthorityInfoAccess(OcspUrls(options), CaIssuerUrls(options)),
            ]);
        return new()
        {
            SignatureSuite = issuing.PublicKey.Suite,
            Issuer = issuing.Subject,
            Subject = Subject(issuing.Subject),
            NotBefore = now - Profiles.ValidityRule.ClockAllowance,
            NotAfter = now.AddYears(options.ServiceYears),
            Spki = key.Spki,
            Extensions = extensions,
        };
    }

    public CertificateRules Rules(CeremonyOptions options) => new()
    {
        Profile = $"service {Name}",
        KeyTypes = [options.ServiceSuite],
        KeyUsage = KeyUsages.DigitalSignature,
        ExtendedKeyUsage = Purposes,
        MaxValidity = TimeSpan.FromDays((366 * options.ServiceYears) + 1),
        OtherExtensions = this == Ocsp ? [Oids.OcspNoCheck] : [],
        CrlUrls = this == Ocsp ? [] : CrlUrls(options),
        OcspUrls = this == Ocsp ? [] : OcspUrls(options),
        CaIssuerUrls = this == Ocsp ? [] : CaIssuerUrls(options),
    };

    /// <summary>The issuing CA's subject with the role behind its common name.</summary>
    private DistinguishedName Subject(DistinguishedName issuing) => DistinguishedName.Build(issuing.Attributes.Select(a =>
        a.Oid == Oids.CommonName ? a with { Value = $"{a.Value} {Title}" } : a));

    private static string[] CrlUrls(CeremonyOptions options) => [$"{options.Publisher}/crl/{options.IssuerName}.crl"];

    private static string[] OcspUrls(CeremonyOptions options) => [$"{options.Publisher}/ocsp"];

    private static string[] CaIssuerUrls(CeremonyOptions options) => [$"{options.Publisher}/ca/{options.IssuerName}.cer"];
}
