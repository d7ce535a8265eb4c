using Rekey.Pki.Algorithms;

namespace Rekey.Pki.Certificates;

/// <summary>What a subject must and may have.</summary>
/// <param name="Oid">Attribute type.</param>
/// <param name="Required">Whether it must be there.</param>
/// <param name="MaxLength">Longest value, in characters; null for X.520's own bound.</param>
/// <param name="Value">The only value allowed, or null.</param>
/// <param name="AllowSeveral">Whether it may stand more than once.</param>
public sealed record SubjectRule(string Oid, bool Required, int? MaxLength = null, string? Value = null, bool AllowSeveral = false);

/// <summary>What a kind of certificate must look like beyond RFC 5280: the lint compares the finished certificate with it.</summary>
public sealed record CertificateRules
{
    /// <summary>Name of the profile, for findings.</summary>
    public required string Profile { get; init; }

    /// <summary>Suites that its key may be of.</summary>
    public required IReadOnlyList<AlgorithmSuite> KeyTypes { get; init; }

    /// <summary>Least strength of its key, in bits (NIST SP 800-57).</summary>
    public int MinimumStrengthBits { get; init; } = 112;

    /// <summary>keyUsage, exactly.</summary>
    public required KeyUsages KeyUsage { get; init; }

    /// <summary>extKeyUsage, exactly, as OIDs; empty: the extension must be absent.</summary>
    public IReadOnlyList<string> ExtendedKeyUsage { get; init; } = [];

    /// <summary>Whether it is a CA's.</summary>
    public bool IsCa { get; init; }

    /// <summary>pathLenConstraint, exactly.</summary>
    public int? PathLength { get; init; }

    /// <summary>Longest validity.</summary>
    public required TimeSpan MaxValidity { get; init; }

    /// <summary>Subject rules; empty: any subject. Otherwise attributes without a rule are refused.</summary>
    public IReadOnlyList<SubjectRule> Subject { get; init; } = [];

    /// <summary>Extensions that may stand in it beside those every certificate has here.</summary>
    public IReadOnlyList<string> OtherExtensions { get; init; } = [];

    /// <summary>cRLDistributionPoints, exactly.</summary>
    public IReadOnlyList<string> CrlUrls { get; init; } = [];

    /// <summary>OCSP addresses of authorityInfoAccess, exactly.</summary>
    public IReadOnlyList<string> OcspUrls { get; init; } = [];

    /// <summary>caIssuers addresses of authorityInfoAccess, exactly.</summary>
    public IReadOnlyList<string> CaIssuerUrls { get; init; } = [];

    /// <summary>certificatePolicies, exactly.</summary>
    public IReadOnlyList<string> Policies { get; init; } = [];
}
