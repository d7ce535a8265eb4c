using System.Net;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Ceremony;

/// <summary>What a service's certificate says besides its role.</summary>
/// <param name="Suite">Its key.</param>
/// <param name="Years">Its validity, calendar years.</param>
/// <param name="CrlUrls">cRLDistributionPoints.</param>
/// <param name="OcspUrls">OCSP responders.</param>
/// <param name="CaIssuerUrls">Where the issuing CA's certificate lies.</param>
internal sealed record ServiceSpec(
    AlgorithmSuite Suite, int Years, IReadOnlyList<string> CrlUrls, IReadOnlyList<string> OcspUrls, IReadOnlyList<string> CaIssuerUrls)
{
    /// <summary>Host names and addresses of a TLS certificate.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    public static ServiceSpec Of(CeremonyOptions options, ServiceRole role) => new(
        options.IssuingSuite.Family == KeyFamily.Sm2 && role.AnswersHolders ? options.IssuingSuite : options.ServiceSuite,
        options.ServiceYears,
        [$"{options.Publisher}/crl/{options.IssuerName}.crl"],
        [$"{options.Publisher}/ocsp"],
        [$"{options.Publisher}/ca/{options.IssuerName}.cer"]);
}

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

    /// <summary>Signs nested CMP requests, and opens the connections to the CA's host that carry them.</summary>
    public static readonly ServiceRole Ra = new("ra", "RA", "ra", [Oids.CmcRa, Oids.ClientAuth]);

    /// <summary>Signs the answers of the key-management centre to the CA.</summary>
    public static readonly ServiceRole Kmc = new("kmc", "KMC", "kmc", [Oids.CmKga]);

    /// <summary>The inner listener of a CA's or publisher's host. The CA opens its connections to publishers with the same certificate.</summary>
    public static readonly ServiceRole Tls = new("tls", "TLS", "tls", [Oids.ServerAuth, Oids.ClientAuth]);

    /// <summary>Roles whose certificates a new CA makes; TLS certificates need the names of hosts, and only large sites have them.</summary>
    public static IReadOnlyList<ServiceRole> OfCeremony { get; } = [Ocsp, Cmp, Ra];

    /// <summary>Whether holders and relying parties verify what it signs; the others' keys work in TLS, which here knows no SM2.</summary>
    public bool AnswersHolders => this == Ocsp || this == Cmp;

    public static IReadOnlyList<ServiceRole> All { get; } = [.. OfCeremony, Tls, Kmc];

    public CertificateTemplate Template(ServiceSpec spec, PublicKey key, Certificate issuing, DateTimeOffset now)
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
            : [ExtensionWriter.CrlDistributionPoints(spec.CrlUrls), ExtensionWriter.AuthorityInfoAccess(spec.OcspUrls, spec.CaIssuerUrls)]);
        if (spec.Hosts.Count > 0)
        {
            extensions.Add(new(Oids.SubjectAltName, false, AlternativeNames(spec.Hosts)));
        }

        return new()
        {
            SignatureSuite = issuing.PublicKey.Suite,
            Issuer = issuing.Subject,
            Subject = Subject(issuing.Subject, spec),
            NotBefore = now - Profiles.ValidityRule.ClockAllowance,
            NotAfter = now.AddYears(spec.Years) is var end && end < issuing.NotAfter ? end : issuing.NotAfter,
            Spki = key.Spki,
            Extensions = extensions,
        };
    }

    public CertificateRules Rules(ServiceSpec spec) => new()
    {
        Profile = $"service {Name}",
        KeyTypes = [spec.Suite],
        KeyUsage = KeyUsages.DigitalSignature,
        ExtendedKeyUsage = Purposes,
        MaxValidity = TimeSpan.FromDays((366 * spec.Years) + 1),
        OtherExtensions = this == Ocsp ? [Oids.OcspNoCheck] : spec.Hosts.Count > 0 ? [Oids.SubjectAltName] : [],
        CrlUrls = this == Ocsp ? [] : spec.CrlUrls,
        OcspUrls = this == Ocsp ? [] : spec.OcspUrls,
        CaIssuerUrls = this == Ocsp ? [] : spec.CaIssuerUrls,
    };

    /// <summary>The issuing CA's subject with the role, or the first host, behind its common name.</summary>
    private DistinguishedName Subject(DistinguishedName issuing, ServiceSpec spec) => DistinguishedName.Build(issuing.Attributes.Select(a =>
        a.Oid == Oids.CommonName ? a with { Value = $"{a.Value} {(spec.Hosts.Count > 0 ? spec.Hosts[0] : Title)}" } : a));

    private static byte[] AlternativeNames(IReadOnlyList<string> hosts)
    {
        var names = new System.Security.Cryptography.X509Certificates.SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        return names.Build().RawData;
    }
}
