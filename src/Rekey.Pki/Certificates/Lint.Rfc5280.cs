using Rekey.Pki.Algorithms;

namespace Rekey.Pki.Certificates;

public static partial class Lint
{
    private const KeyUsages SigningUsages = KeyUsages.DigitalSignature | KeyUsages.NonRepudiation | KeyUsages.KeyCertSign | KeyUsages.CrlSign;
    private const KeyUsages EncipheringUsages = KeyUsages.KeyEncipherment | KeyUsages.DataEncipherment;

    // X.520 upper bounds as RFC 5280 appendix A.1 prints them.
    private static readonly Dictionary<string, int> UpperBounds = new()
    {
        [Oids.CommonName] = 64,
        [Oids.OrganizationName] = 64,
        [Oids.OrganizationalUnitName] = 64,
        [Oids.LocalityName] = 128,
        [Oids.StateName] = 128,
        [Oids.SubjectSerialNumber] = 64,
        ["2.5.4.4"] = 40,
        ["2.5.4.42"] = 16,
        ["2.5.4.12"] = 64,
        ["1.2.840.113549.1.9.1"] = 255,
        [Oids.OrganizationIdentifier] = 256,
    };

    private static readonly HashSet<string> KnownCritical =
        [Oids.KeyUsage, Oids.BasicConstraints, Oids.ExtendedKeyUsage, Oids.NameConstraints, Oids.PolicyConstraints, Oids.InhibitAnyPolicy, Oids.CertificatePolicies, Oids.SubjectAltName];

    private static readonly Rule[] Rfc5280Rules =
    [
        new("version-3", "RFC 5280 4.1.2.1", s => s.Tbs.Version == 3 ? null : $"version {s.Tbs.Version}"),
        new("serial-positive", "RFC 5280 4.1.2.2", s => s.Tbs.Serial.Span is var n && (n[0] & 0x80) == 0 && n.ContainsAnyExcept((byte)0) ? null : "the serial number is not positive"),
        new("serial-length", "RFC 5280 4.1.2.2", s => s.Tbs.Serial.Length <= 20 ? null : "the serial number is longer than 20 octets"),
        new("serial-random", "128 random bits", s => s.Tbs.Serial.Length >= 16 ? null : "the serial number is shorter than 128 bits"),
        new("signature-known", "RFC 5280 4.1.2.3", SignatureFits),
        new("issuer-not-empty", "RFC 5280 4.1.2.4", s => s.Tbs.Issuer.IsEmpty ? "the issuer is empty" : null),
        new("issuer-name-chains", "RFC 5280 4.1.2.4", s => s.Tbs.Issuer.Equals(s.Issuer?.Subject ?? s.Tbs.Subject) ? null : "the issuer is not the signer's subject"),
        new("validity-encoding", "RFC 5280 4.1.2.5", s => RightTime(s.Tbs.NotBefore) && RightTime(s.Tbs.NotAfter) ? null : "a time is encoded in the wrong type"),
        new("validity-order", "RFC 5280 4.1.2.5", s => s.Tbs.NotBefore.Instant < s.Tbs.NotAfter.Instant ? null : "validity ends before it begins"),
        new("validity-within-issuer", "profile", s => s.Issuer is null || s.Tbs.NotAfter.Instant <= s.Issuer.NotAfter ? null : "validity ends after the issuer's"),
        new("subject-not-empty", "RFC 5280 4.1.2.6", s => s.Tbs.Subject.IsEmpty ? "the subject is empty" : null),
        new("subject-values", "RFC 5280 A.1", SubjectValues),
        new("subject-country", "X.520", s => s.Tbs.Subject.Find(Oids.CountryName) is not { } c || (c.Length == 2 && c.All(char.IsAsciiLetterUpper)) ? null : "country is not two upper-case letters"),
        new("key-readable", "RFC 5280 4.1.2.7", s => s.KeyProblem),
        new("no-unique-ids", "RFC 5280 4.1.2.8", s => s.Tbs.HasUniqueIds ? "unique identifiers are present" : null),
        new("key-usage", "RFC 5280 4.2.1.3", s => s.Find(Oids.KeyUsage) is not { } e ? "keyUsage is missing" : !e.Critical ? "keyUsage is not critical" : s.KeyUsage == KeyUsages.None ? "keyUsage has no bit" : null),
        new("key-usage-fits-key", "RFC 3279 2.3, RFC 5480 3", KeyUsageFits),
        new("key-usage-agreement-only", "RFC 5280 4.2.1.3", s => s.KeyUsage is { } u && (u & (KeyUsages.EncipherOnly | KeyUsages.DecipherOnly)) != 0 && !u.HasFlag(KeyUsages.KeyAgreement) ? "encipherOnly or decipherOnly without keyAgreement" : null),
        new("key-usage-fits-ca", "RFC 5280 4.2.1.9", s => s.KeyUsage is { } u && u.HasFlag(KeyUsages.KeyCertSign) && !s.BasicConstraints.IsCa ? "keyCertSign in a certificate that is not a CA's" : null),
        new("basic-constraints-critical", "RFC 5280 4.2.1.9", s => s.Find(Oids.BasicConstraints) is { Critical: false } && s.BasicConstraints.IsCa ? "basicConstraints of a CA is not critical" : null),
        new("path-length-only-ca", "RFC 5280 4.2.1.9", s => s.BasicConstraints is { IsCa: false, PathLength: not null } ? "pathLenConstraint without cA" : null),
        new("path-length-chains", "RFC 5280 6.1.4", s => s.Issuer?.PathLength is { } limit && s.BasicConstraints.IsCa && (limit == 0 || s.BasicConstraints.PathLength is not { } own || own >= limit) ? "the issuer's path length does not allow this CA" : null),
        new("issuer-is-ca", "RFC 5280 4.2.1.9", s => s.Issuer is null or { IsCa: true } && s.Issuer?.KeyUsage?.HasFlag(KeyUsages.KeyCertSign) != false ? null : "the signer may not sign certificates"),
        new("subject-key-id", "RFC 5280 4.2.1.2", SubjectKeyId),
        new("authority-key-id", "RFC 5280 4.2.1.1", AuthorityKeyId),
        new("no-critical-unknown", "RFC 5280 4.2", s => s.Tbs.Extensions.FirstOrDefault(e => e.Critical && !KnownCritical.Contains(e.Oid)) is { } e ? $"critical extension {e.Oid} is not one that verifiers know" : null),
        new("never-critical", "RFC 5280 4.2", s => s.Tbs.Extensions.FirstOrDefault(e => e.Critical && e.Oid is Oids.SubjectKeyIdentifier or Oids.AuthorityKeyIdentifier or Oids.AuthorityInfoAccess) is { Critical: true } e ? $"extension {e.Oid} must not be critical" : null),
        new("any-purpose-alone", "RFC 5280 4.2.1.12", s => s.Find(Oids.ExtendedKeyUsage) is { } e && ExtensionReader.ExtendedKeyUsage(e.Value) is var list && (list.Count == 0 || list.Distinct().Count() != list.Count) ? "extKeyUsage is empty or names a purpose twice" : null),
        new("ocsp-nocheck-only-responder", "RFC 6960 4.2.2.2.1", s => s.Find(Oids.OcspNoCheck) is not null && (s.Find(Oids.ExtendedKeyUsage) is not { } e || !ExtensionReader.ExtendedKeyUsage(e.Value).Contains(Oids.OcspSigning)) ? "ocsp-nocheck outside a responder's certificate" : null),
    ];

    private static string? SignatureFits(Subject s)
    {
        var signer = s.Issuer?.PublicKey ?? s.Key;
        return signer is not null && s.Tbs.SignatureAlgorithm.Span.SequenceEqual(SignatureIdentifiers.Of(signer.Suite))
            ? null
            : "the signature algorithm is not the signer's";
    }

    private static bool RightTime(DerTime time) => time.IsUtcTime == (time.Instant < DerTime.GeneralizedFrom) && time.Instant.Ticks % TimeSpan.TicksPerSecond == 0;

    private static string? SubjectValues(Subject s)
    {
        foreach (var attribute in s.Tbs.Subject.Attributes)
        {
            var name = AttributeTypes.ShortName(attribute.Oid);
            if (string.IsNullOrWhiteSpace(attribute.Value) || attribute.Value.Trim() != attribute.Value)
            {
                return $"{name} is empty or has blanks at an end";
            }

            if (attribute.Value.Any(char.IsControl))
            {
                return $"{name} has a control character";
            }

            if (UpperBounds.TryGetValue(attribute.Oid, out var bound) && attribute.Value.Length > bound)
            {
                return $"{name} is longer than {bound} characters";
            }
        }

        return null;
    }

    private static string? KeyUsageFits(Subject s)
    {
        if (s.KeyUsage is not { } usage || s.Key is null)
        {
            return null;
        }

        var allowed = s.Key.Suite.Family == KeyFamily.Rsa
            ? SigningUsages | EncipheringUsages
            : SigningUsages | KeyUsages.KeyAgreement | KeyUsages.EncipherOnly | KeyUsages.DecipherOnly
                | (s.Key.Suite.Family == KeyFamily.Sm2 ? EncipheringUsages : KeyUsages.None); // SM2 enciphers (GB/T 32918.4)
        return (usage & ~allowed) == 0 ? null : $"keyUsage {usage & ~allowed} does not fit a {s.Key.Suite} key";
    }

    private static string? SubjectKeyId(Subject s) =>
        s.Find(Oids.SubjectKeyIdentifier) is not { } e ? "subjectKeyIdentifier is missing"
        : ExtensionReader.SubjectKeyIdentifier(e.Value).AsSpan().SequenceEqual(ExtensionWriter.KeyIdentifier(s.Tbs.Spki)) ? null
        : "subjectKeyIdentifier is not the key's";

    private static string? AuthorityKeyId(Subject s)
    {
        var own = s.Find(Oids.AuthorityKeyIdentifier) is { } e ? ExtensionReader.AuthorityKeyIdentifier(e.Value) : null;
        if (s.Issuer is null)
        {
            return own is null || own.AsSpan().SequenceEqual(ExtensionWriter.KeyIdentifier(s.Tbs.Spki)) ? null : "authorityKeyIdentifier of a self-signed certificate is not its own";
        }

        return own is null ? "authorityKeyIdentifier is missing"
            : s.Issuer.SubjectKeyIdentifier is { } expected && expected.AsSpan().SequenceEqual(own) ? null
            : "authorityKeyIdentifier is not the signer's subjectKeyIdentifier";
    }
}
