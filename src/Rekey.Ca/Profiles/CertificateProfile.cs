using Rekey.Contract.Renewal;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Profiles;

/// <summary>From when on a renewed certificate's years are counted.</summary>
public enum ExtendFrom
{
    /// <summary>From the old certificate's end, so that renewing early loses nothing; from now when that has passed.</summary>
    Expiry,

    /// <summary>From now.</summary>
    Issue,
}

/// <summary>When the old key pair on the token goes.</summary>
public enum RetireWhen
{
    /// <summary>As soon as the CA has confirmed the new one.</summary>
    AtConfirm,

    /// <summary>After the first login with the new one.</summary>
    AfterFirstLogin,

    /// <summary>A number of days after the confirmation.</summary>
    AfterDays,
}

/// <summary>When the old key pair on the token goes.</summary>
/// <param name="When">The moment.</param>
/// <param name="Days">With <see cref="RetireWhen.AfterDays"/>: how many days.</param>
public sealed record RetirePolicy(RetireWhen When, int Days = 0);

/// <summary>A subject extension that the profile carries (national extensions of GB/T 20518, or any that is one character string).</summary>
/// <param name="Oid">Its type.</param>
/// <param name="Name">By which requests give the value.</param>
/// <param name="Encoding">Its value's form.</param>
/// <param name="Required">Whether a certificate without it is refused.</param>
public sealed record SubjectExtension(string Oid, string Name, SubjectExtensionEncoding Encoding, bool Required);

/// <summary>Forms of subject extensions' values.</summary>
public enum SubjectExtensionEncoding
{
    /// <summary>PrintableString.</summary>
    Printable,

    /// <summary>UTF8String.</summary>
    Utf8,
}

/// <summary>A kind of certificate that this CA issues: the one place where it says how such a certificate looks and lives.</summary>
public sealed record CertificateProfile
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Name of the CA that signs it.</summary>
    public required string Issuer { get; init; }

    /// <summary>Suites that its keys may be of.</summary>
    public required IReadOnlyList<AlgorithmSuite> KeyTypes { get; init; }

    /// <summary>Least strength, in bits, of its key and of the old key that authenticates a renewal.</summary>
    public int MinimumStrengthBits { get; init; } = 112;

    /// <summary>keyUsage.</summary>
    public required KeyUsages KeyUsage { get; init; }

    /// <summary>extKeyUsage, OIDs.</summary>
    public IReadOnlyList<string> ExtendedKeyUsage { get; init; } = [];

    /// <summary>Validity in calendar years.</summary>
    public int Years { get; init; } = 5;

    /// <summary>From when on the years of a renewed certificate are counted.</summary>
    public ExtendFrom ExtendFrom { get; init; } = ExtendFrom.Expiry;

    /// <summary>When it can be renewed.</summary>
    public RenewalPolicy Window { get; init; } = new();

    /// <summary>What its subject must and may have.</summary>
    public IReadOnlyList<SubjectRule> Subject { get; init; } = [];

    /// <summary>Attribute type of the subject that carries the stable subscriber identifier.</summary>
    public string SubscriberIdentifier { get; init; } = Oids.SubjectSerialNumber;

    /// <summary>cRLDistributionPoints.</summary>
    public IReadOnlyList<string> CrlUrls { get; init; } = [];

    /// <summary>OCSP responders.</summary>
    public IReadOnlyList<string> OcspUrls { get; init; } = [];

    /// <summary>Where the issuer's certificate lies.</summary>
    public IReadOnlyList<string> CaIssuerUrls { get; init; } = [];

    /// <summary>certificatePolicies, OIDs.</summary>
    public IReadOnlyList<string> Policies { get; init; } = [];

    /// <summary>Extra extensions about the subject.</summary>
    public IReadOnlyList<SubjectExtension> SubjectExtensions { get; init; } = [];

    /// <summary>For how many years a chain of renewals may go on without a new proof of identity at the RA.</summary>
    public int MaxYearsSinceIdentityProof { get; init; } = 10;

    /// <summary>Days that a holder has to confirm a certificate, before it is held.</summary>
    public int ConfirmWaitDays { get; init; } = 7;

    /// <summary>Days after which a certificate held because nobody confirmed it is revoked.</summary>
    public int RevokeUnconfirmedAfterHeldDays { get; init; } = 30;

    /// <summary>When the old pair on the token goes.</summary>
    public RetirePolicy Retire { get; init; } = new(RetireWhen.AtConfirm);

    /// <summary>
    /// With a pair: days from the confirmation of its successor after which an old encryption key leaves the token, with the next renewal there
    /// and unless a business system needs it; null: it stays.
    /// </summary>
    public int? RetireEncryptionAfterDays { get; init; }

    /// <summary>What a renewal does while a business system needs the encryption key that it would make an old one.</summary>
    public WhileOldKeyIsNeeded WhileOldKeyIsNeeded { get; init; }

    /// <summary>Whether a first issue may be confirmed implicitly (RFC 9810 section 5.1.1.1). A renewal never is.</summary>
    public bool ImplicitConfirm { get; init; }

    /// <summary>Whether a holder's CMP client may get further certificates with one that it has (ir, cr, p10cr signed by it).</summary>
    public bool FurtherCertificates { get; init; }

    /// <summary>
    /// Name of the profile of the encryption half, when certificates of this profile are the signing half of a pair; null for a certificate
    /// alone. The half's key is made by the key-management centre, of the first kind that its profile allows.
    /// </summary>
    public string? EncryptionProfile { get; init; }

    /// <summary>
    /// Profiles whose holders give download authorisations for this one, two of them each time. Without any, a first certificate is issued on
    /// the RA's word alone.
    /// </summary>
    public IReadOnlyList<string> AuthorisedBy { get; init; } = [];

    /// <summary>The rules for the lint.</summary>
    internal CertificateRules ToRules() => new()
    {
        Profile = Name,
        KeyTypes = KeyTypes,
        MinimumStrengthBits = MinimumStrengthBits,
        KeyUsage = KeyUsage,
        ExtendedKeyUsage = ExtendedKeyUsage,
        // extendFrom: expiry adds at most the days before expiry on which renewal opens; the end of the day adds one.
        MaxValidity = TimeSpan.FromDays((Years * 366) + (ExtendFrom == ExtendFrom.Expiry ? Window.DaysBefore : 0) + 2),
        Subject = Subject,
        OtherExtensions = [.. SubjectExtensions.Select(e => e.Oid)],
        CrlUrls = CrlUrls,
        OcspUrls = OcspUrls,
        CaIssuerUrls = CaIssuerUrls,
        Policies = Policies,
    };

    /// <summary>The extensions that are the same in all its certificates.</summary>
    internal IReadOnlyList<CertificateExtension> ToExtensions()
    {
        var extensions = new List<CertificateExtension> { ExtensionWriter.KeyUsage(KeyUsage), ExtensionWriter.BasicConstraints(false) };
        if (ExtendedKeyUsage.Count > 0)
        {
            extensions.Add(ExtensionWriter.ExtendedKeyUsage(ExtendedKeyUsage));
        }

        if (Policies.Count > 0)
        {
            extensions.Add(ExtensionWriter.CertificatePolicies(Policies));
        }

        if (CrlUrls.Count > 0)
        {
            extensions.Add(ExtensionWriter.CrlDistributionPoints(CrlUrls));
        }

        if (OcspUrls.Count + CaIssuerUrls.Count > 0)
        {
            extensions.Add(ExtensionWriter.AuthorityInfoAccess(OcspUrls, CaIssuerUrls));
        }

        return extensions;
    }
}
