using System.Collections.Concurrent;
using Rekey.Pki.Algorithms;

namespace Rekey.Pki.Certificates;

/// <summary>Why a certificate does not chain to an anchor.</summary>
public enum ChainFault
{
    /// <summary>No path of names leads to an anchor.</summary>
    NoPath,

    /// <summary>A signature of the path is wrong, or of an algorithm that we do not accept.</summary>
    BadSignature,

    /// <summary>The leaf is expired.</summary>
    Expired,

    /// <summary>The leaf is not valid yet.</summary>
    NotYetValid,

    /// <summary>A CA certificate of the path is outside its validity.</summary>
    IssuerNotValid,

    /// <summary>An issuer of the path may not issue (basicConstraints, keyUsage, path length).</summary>
    NotAnIssuer,

    /// <summary>A critical extension that we do not evaluate.</summary>
    UnknownCritical,

    /// <summary>The leaf is not for this use (keyUsage, extKeyUsage).</summary>
    WrongUse,
}

/// <summary>What is asked of a path.</summary>
/// <param name="At">The instant at which it must be valid.</param>
public sealed record ChainPolicy(DateTimeOffset At)
{
    /// <summary>Whether an expired leaf may pass; the renewal window is then the caller's to judge. Its issuers must be valid all the same.</summary>
    public bool AllowExpiredLeaf { get; init; }

    /// <summary>keyUsage bits that the leaf must have (a leaf without the extension has all, RFC 5280 section 4.2.1.3).</summary>
    public KeyUsages RequiredUsage { get; init; }

    /// <summary>A purpose that the leaf's extKeyUsage must name, or null.</summary>
    public string? RequiredPurpose { get; init; }
}

/// <summary>Outcome of a validation.</summary>
/// <param name="Path">Leaf first, anchor last; empty when there is a fault.</param>
/// <param name="Fault">What is wrong, or null.</param>
public sealed record ChainResult(IReadOnlyList<Certificate> Path, ChainFault? Fault)
{
    /// <summary>Whether the leaf chains.</summary>
    public bool IsValid => Fault is null;

    /// <summary>The certificate that issued the leaf; null when the leaf is an anchor itself or there is a fault.</summary>
    public Certificate? Issuer => Path.Count > 1 ? Path[1] : null;
}

/// <summary>
/// Path validation (RFC 5280 section 6) to given anchors over given CA certificates; it fetches nothing and asks nobody about
/// revocation. Keep one per set of anchors: it remembers which CA certificates it has verified. Not evaluated, and therefore refused
/// where they are critical: name constraints, policy constraints.
/// </summary>
public sealed class ChainValidator
{
    private const int MaxDepth = 8; // no institution nests deeper; without a limit a crafted bag of certificates is a search tree

    private readonly Certificate[] anchors;
    private readonly HashSet<Certificate> services;
    private readonly ILookup<DistinguishedName, Certificate> issuers;
    private readonly ConcurrentDictionary<(Certificate Child, Certificate Issuer), bool> verified = new();

    /// <summary>A validator for a set of anchors.</summary>
    /// <param name="anchors">Certificates trusted as they are.</param>
    /// <param name="intermediates">CA certificates that paths may use.</param>
    /// <param name="services">Certificates that come with every message, such as an RA's: their signatures are verified once, all else each time.</param>
    public ChainValidator(IEnumerable<Certificate> anchors, IEnumerable<Certificate> intermediates, IEnumerable<Certificate>? services = null)
    {
        this.services = [.. services ?? []];
        this.anchors = [.. anchors];
        issuers = this.anchors.Concat(intermediates).Distinct().ToLookup(c => c.Subject);
    }

    /// <summary>The anchors.</summary>
    public IReadOnlyList<Certificate> Anchors => anchors;

    /// <summary>Finds a path from a certificate to an anchor and validates it.</summary>
    /// <param name="leaf">The certificate in question.</param>
    /// <param name="policy">What is asked.</param>
    /// <param name="extra">Certificates that came with the message; they can connect, never be trusted.</param>
    public ChainResult Validate(Certificate leaf, ChainPolicy policy, IEnumerable<Certificate>? extra = null)
    {
        if (CheckLeaf(leaf, policy) is { } fault)
        {
            return new([], fault);
        }

        var helpers = extra?.Where(c => c.IsCa).Distinct().Take(16).ToList() ?? [];
        ChainFault? nearest = null;
        var path = Search([leaf], policy, helpers, ref nearest);
        return path is null ? new([], nearest ?? ChainFault.NoPath) : new(path, null);
    }

    private static ChainFault? CheckLeaf(Certificate leaf, ChainPolicy policy) =>
        leaf.NotBefore > policy.At ? ChainFault.NotYetValid
        : leaf.NotAfter < policy.At && !policy.AllowExpiredLeaf ? ChainFault.Expired
        : HasUnknownCritical(leaf) ? ChainFault.UnknownCritical
        : leaf.KeyUsage is { } usage && (usage & policy.RequiredUsage) != policy.RequiredUsage ? ChainFault.WrongUse
        : policy.RequiredPurpose is { } purpose && !leaf.ExtendedKeyUsage.Contains(purpose) ? ChainFault.WrongUse
        : null;

    private List<Certificate>? Search(List<Certificate> path, ChainPolicy policy, List<Certificate> helpers, ref ChainFault? nearest)
    {
        var last = path[^1];
        if (anchors.Contains(last))
        {
            return path;
        }

        if (path.Count >= MaxDepth)
        {
            return null;
        }

        foreach (var issuer in issuers[last.Issuer].Concat(helpers.Where(h => h.Subject.Equals(last.Issuer))))
        {
            if (path.Contains(issuer))
            {
                continue;
            }

            if (CheckIssuer(issuer, path, policy) is { } fault)
            {
                nearest = fault;
                continue;
            }

            if (Search([.. path, issuer], policy, helpers, ref nearest) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private ChainFault? CheckIssuer(Certificate issuer, List<Certificate> path, ChainPolicy policy)
    {
        var child = path[^1];
        var casBelow = path.Skip(1).Count(c => !c.IsSelfIssued);
        return !issuer.IsCa || issuer.KeyUsage?.HasFlag(KeyUsages.KeyCertSign) == false || issuer.PathLength < casBelow ? ChainFault.NotAnIssuer
            : HasUnknownCritical(issuer) ? ChainFault.UnknownCritical
            : issuer.NotBefore > policy.At || issuer.NotAfter < policy.At ? ChainFault.IssuerNotValid
            : child.AuthorityKeyIdentifier is { } want && issuer.SubjectKeyIdentifier is { } have && !want.AsSpan().SequenceEqual(have) ? ChainFault.NoPath
            : !Verifies(child, issuer) ? ChainFault.BadSignature
            : null;
    }

    private bool Verifies(Certificate child, Certificate issuer)
    {
        try
        {
            // Only pairs made of our own configured certificates are remembered: what strangers send must not fill memory.
            var lasting = issuers[issuer.Subject].Contains(issuer) && (services.Contains(child) || (child.IsCa && issuers[child.Subject].Contains(child)));
            return lasting
                ? verified.GetOrAdd((child, issuer), static pair => pair.Child.Verify(pair.Issuer.PublicKey))
                : child.Verify(issuer.PublicKey);
        }
        catch (UnsupportedKeyException)
        {
            return false;
        }
    }

    private static bool HasUnknownCritical(Certificate certificate) => certificate.Extensions.Any(e => e.Critical
        && e.Oid is not (Oids.KeyUsage or Oids.BasicConstraints or Oids.ExtendedKeyUsage or Oids.SubjectAltName or Oids.CertificatePolicies));
}
