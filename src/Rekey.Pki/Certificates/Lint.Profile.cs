namespace Rekey.Pki.Certificates;

public static partial class Lint
{
    private static readonly HashSet<string> EveryCertificate =
    [
        Oids.KeyUsage, Oids.ExtendedKeyUsage, Oids.BasicConstraints, Oids.SubjectKeyIdentifier, Oids.AuthorityKeyIdentifier,
        Oids.CrlDistributionPoints, Oids.AuthorityInfoAccess, Oids.CertificatePolicies,
    ];

    private static readonly Rule[] ProfileRules =
    [
        new("profile-key-type", "profile keyTypes", s => s.Key is null || s.Rules.KeyTypes.Contains(s.Key.Suite) ? null : $"{s.Rules.Profile} allows no {s.Key.Suite} key"),
        new("profile-key-strength", "profile minimumStrengthBits", s => s.Key is null || s.Key.Suite.StrengthBits >= s.Rules.MinimumStrengthBits ? null : $"{s.Key.Suite} is weaker than {s.Rules.MinimumStrengthBits} bits"),
        new("rsa-modulus", "SP 800-89 5.3.3", RsaModulus),
        new("profile-key-usage", "profile keyUsage", s => s.KeyUsage == s.Rules.KeyUsage ? null : $"keyUsage is {s.KeyUsage}, not {s.Rules.KeyUsage}"),
        new("profile-extended-key-usage", "profile extendedKeyUsage", s => Same(s, Oids.ExtendedKeyUsage, ExtensionReader.ExtendedKeyUsage, s.Rules.ExtendedKeyUsage)),
        new("profile-ca", "profile", s => s.BasicConstraints == (s.Rules.IsCa, s.Rules.PathLength) ? null : "basicConstraints is not the profile's"),
        new("profile-validity", "profile validity", s => s.Tbs.NotAfter.Instant - s.Tbs.NotBefore.Instant <= s.Rules.MaxValidity ? null : "validity is longer than the profile allows"),
        new("profile-not-before", "profile", s => s.Tbs.NotBefore.Instant <= s.Now && s.Tbs.NotAfter.Instant > s.Now ? null : "it would not be valid now"),
        new("profile-crl", "profile crlUrls", s => Same(s, Oids.CrlDistributionPoints, ExtensionReader.CrlUrls, s.Rules.CrlUrls)),
        new("profile-ocsp", "profile ocspUrls", s => Same(s, Oids.AuthorityInfoAccess, v => ExtensionReader.AccessUrls(v, Oids.AccessOcsp), s.Rules.OcspUrls)),
        new("profile-ca-issuers", "profile caIssuerUrls", s => Same(s, Oids.AuthorityInfoAccess, v => ExtensionReader.AccessUrls(v, Oids.AccessCaIssuers), s.Rules.CaIssuerUrls)),
        new("profile-policies", "profile policies", s => Same(s, Oids.CertificatePolicies, ExtensionReader.Policies, s.Rules.Policies)),
        new("urls-absolute", "RFC 5280 4.2.1.13", BadUrl),
        new("profile-extensions", "profile", s => s.Tbs.Extensions.FirstOrDefault(e => !EveryCertificate.Contains(e.Oid) && !s.Rules.OtherExtensions.Contains(e.Oid)) is { } e ? $"extension {e.Oid} is not in the profile" : null),
        new("profile-subject", "profile subject", SubjectRules),
    ];

    private static string? RsaModulus(Subject s)
    {
        if (s.Key?.RsaModulus() is not { } modulus)
        {
            return null;
        }

        return (modulus[^1] & 1) == 0 ? "the RSA modulus is even"
            : (modulus[0] & 0x80) == 0 ? "the RSA modulus is shorter than it says"
            : null;
    }

    private static string? Same(
        Subject s, string oid, Func<ReadOnlyMemory<byte>, IReadOnlyList<string>> read, IReadOnlyList<string> expected)
    {
        var found = s.Find(oid) is { } e ? read(e.Value) : [];
        return found.SequenceEqual(expected) ? null : $"has [{string.Join(", ", found)}], the profile says [{string.Join(", ", expected)}]";
    }

    private static string? BadUrl(Subject s) =>
        s.Rules.CrlUrls.Concat(s.Rules.OcspUrls).Concat(s.Rules.CaIssuerUrls)
            .FirstOrDefault(u => !Uri.TryCreate(u, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp) is { } bad
            ? $"{bad} is not an http address" // https would need a certificate to check a certificate
            : null;

    private static string? SubjectRules(Subject s)
    {
        if (s.Rules.Subject.Count == 0)
        {
            return null;
        }

        foreach (var rule in s.Rules.Subject)
        {
            var values = s.Tbs.Subject.Attributes.Where(a => a.Oid == rule.Oid).Select(a => a.Value).ToList();
            var name = AttributeTypes.ShortName(rule.Oid);
            if (values.Count == 0 && rule.Required)
            {
                return $"{name} is missing";
            }

            if (values.Count > 1 && !rule.AllowSeveral)
            {
                return $"{name} stands more than once";
            }

            if (values.Exists(v => v.Length > rule.MaxLength))
            {
                return $"{name} is longer than {rule.MaxLength} characters";
            }

            if (rule.Value is { } only && values.Exists(v => v != only))
            {
                return $"{name} is not {only}";
            }
        }

        return s.Tbs.Subject.Attributes.FirstOrDefault(a => s.Rules.Subject.All(r => r.Oid != a.Oid)) is { } extra
            ? $"{AttributeTypes.ShortName(extra.Oid)} is not in the profile"
            : null;
    }
}
