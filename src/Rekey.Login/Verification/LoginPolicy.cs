using Rekey.Pki.Certificates;

namespace Rekey.Login.Verification;

/// <summary>Whose certificates may log in, and where.</summary>
public sealed record LoginPolicy
{
    /// <summary>
    /// The site's own origin, for example <c>https://audit.example</c>. It is a setting and never taken from a request: whoever passes a
    /// token on chooses the request's Host.
    /// </summary>
    public required string Origin { get; init; }

    /// <summary>CA certificates trusted as they are.</summary>
    public required IReadOnlyList<Certificate> Anchors { get; init; }

    /// <summary>CA certificates between the anchors and the holders. Those that issue to holders have to be here or among the anchors: a token brings none.</summary>
    public IReadOnlyList<Certificate> Issuers { get; init; } = [];

    /// <summary>The purpose that a certificate's extKeyUsage has to name; null: none, for CAs that write no such extension.</summary>
    public string? RequiredPurpose { get; init; } = Oids.ClientAuth;

    /// <summary>Policy OIDs of which a certificate needs one; empty: any.</summary>
    public IReadOnlyList<string> Policies { get; init; } = [];

    /// <summary>Subjects of all CAs here, which are the names of issuers that the agent offers certificates of.</summary>
    internal IEnumerable<DistinguishedName> AcceptedIssuers => Anchors.Concat(Issuers).Select(c => c.Subject).Distinct();

    internal void Validate()
    {
        if (!Uri.TryCreate(Origin, UriKind.Absolute, out var uri) || uri.GetLeftPart(UriPartial.Authority) != Origin || uri.Scheme is not ("https" or "http"))
        {
            throw new ArgumentException("Origin is scheme, host and port, for example https://audit.example", nameof(Origin));
        }

        if (uri.Scheme == "http" && !uri.IsLoopback)
        {
            throw new ArgumentException("Origin needs https", nameof(Origin));
        }

        if (Anchors.Count == 0)
        {
            throw new ArgumentException("Anchors has no certificate", nameof(Anchors));
        }
    }
}
