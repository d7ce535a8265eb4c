using Rekey.Pki.Certificates;

namespace Rekey.Login.Verification;

/// <summary>Who logged in. Made by <see cref="LoginVerifier"/>, or from the certificate of an attempt that it let pass.</summary>
public sealed record LoginHolder
{
    internal LoginHolder(Certificate certificate) => Certificate = certificate;

    /// <summary>The certificate.</summary>
    public Certificate Certificate { get; }

    /// <summary>
    /// The stable identifier of the subscriber, the same in every certificate after each renewal (serialNumber of the subject). Unique among
    /// the certificates of one institution. Null where a CA writes none; a site then has nothing that survives a renewal.
    /// </summary>
    public string? SubscriberId => Certificate.Subject.Find(Oids.SubjectSerialNumber);

    /// <summary>The person's or organisation's name (commonName), or null.</summary>
    public string? Name => Certificate.Subject.Find(Oids.CommonName);

    /// <summary>The organisation (organizationName), or null.</summary>
    public string? Organization => Certificate.Subject.Find(Oids.OrganizationName);
}
