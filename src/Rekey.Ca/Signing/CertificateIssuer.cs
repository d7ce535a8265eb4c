using System.Formats.Asn1;
using Rekey.Ca.Issuers;
using Rekey.Ca.Profiles;
using Rekey.Contract.Problems;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Signing;

/// <summary>
/// From a request to a signed certificate, in two steps: <see cref="Prepare"/> builds and checks, <see cref="Issue"/> signs what was
/// checked. The signature is no act yet: whoever calls stores certificate, answer, event and audit entry in one transaction
/// before anything leaves. Used by any number of threads.
/// </summary>
public sealed class CertificateIssuer(CertificationAuthority ca)
{
    // What is the same in all certificates of a profile, made once.
    private readonly Dictionary<string, (CertificateRules Rules, IReadOnlyList<CertificateExtension> Extensions)> prepared =
        ca.Profiles.Profiles.Values.ToDictionary(p => p.Name, p => (p.ToRules(), p.ToExtensions()));

    /// <summary>Builds the certificate that a request asks for and checks it.</summary>
    /// <exception cref="ProblemException">Key type not allowed, key reused, or a rule of RFC 5280 or the profile broken.</exception>
    public CheckedCertificate Prepare(IssuanceRequest request)
    {
        var profile = ca.Profiles[request.Profile];
        var issuer = ca.IssuerOf(profile);
        if (!profile.KeyTypes.Contains(request.SubjectPublicKey.Suite))
        {
            throw new ProblemException(Problems.KeyTypeNotAllowed(request.SubjectPublicKey.Suite.Name));
        }

        if (request.RenewedFrom?.Spki.Span.SequenceEqual(request.SubjectPublicKey.Spki.Span) == true)
        {
            throw new ProblemException(Problems.KeyReused());
        }

        var (notBefore, notAfter) = ValidityRule.Calculate(
            profile, request.Now, request.RenewedFrom?.NotAfter, ca.Profiles.Zone, issuer.Certificate.NotAfter);
        var template = new CertificateTemplate
        {
            SignatureSuite = issuer.Identity.Key.PublicKey.Suite,
            Issuer = issuer.Certificate.Subject,
            Subject = WithIdentifier(request, profile),
            NotBefore = notBefore,
            NotAfter = notAfter,
            Spki = request.SubjectPublicKey.Spki,
            Extensions = Extensions(request, profile, issuer),
        };
        try
        {
            return Lint.Check(template.Encode(), issuer.Certificate, prepared[profile.Name].Rules, request.Now, request.SubjectPublicKey);
        }
        catch (LintException e)
        {
            throw new ProblemException(Problems.LintFailed(e.Findings[0].Text), e);
        }
    }

    /// <summary>Signs.</summary>
    /// <returns>The DER certificate.</returns>
    public byte[] Issue(CheckedCertificate certificate) =>
        certificate.Sign(ca.Issuers.First(i => i.Certificate.Subject.Equals(certificate.Issuer)).Identity.Key);

    private static DistinguishedName WithIdentifier(IssuanceRequest request, CertificateProfile profile)
    {
        DistinguishedName subject;
        try
        {
            subject = DistinguishedName.FromDer(request.SubjectDer);
        }
        catch (MalformedException e)
        {
            throw new ProblemException(Problems.LintFailed(e.Message), e);
        }

        return subject.Find(profile.SubscriberIdentifier) switch
        {
            null => subject.With(profile.SubscriberIdentifier, request.SubscriberId),
            var present when present == request.SubscriberId => subject,
            _ => throw new ProblemException(Problems.LintFailed($"{AttributeTypes.ShortName(profile.SubscriberIdentifier)} is not the holder's identifier")),
        };
    }

    private List<CertificateExtension> Extensions(IssuanceRequest request, CertificateProfile profile, IssuingAuthority issuer)
    {
        var extensions = new List<CertificateExtension>(12)
        {
            ExtensionWriter.AuthorityKeyIdentifier(issuer.Certificate.SubjectKeyIdentifier!),
            ExtensionWriter.SubjectKeyIdentifier(ExtensionWriter.KeyIdentifier(request.SubjectPublicKey.Spki)),
        };
        extensions.AddRange(prepared[profile.Name].Extensions);
        foreach (var extra in profile.SubjectExtensions)
        {
            if (request.SubjectExtensions.TryGetValue(extra.Name, out var value))
            {
                extensions.Add(Encode(extra, value));
            }
            else if (request.RenewedFrom?.Find(extra.Oid) is { } old)
            {
                extensions.Add(old with { Critical = false });
            }
            else if (extra.Required)
            {
                throw new ProblemException(Problems.LintFailed($"the extension {extra.Name} is missing"));
            }
        }

        return extensions;
    }

    private static CertificateExtension Encode(SubjectExtension extension, string value)
    {
        try
        {
            return ExtensionWriter.Text(
                extension.Oid,
                value,
                extension.Encoding == SubjectExtensionEncoding.Utf8 ? UniversalTagNumber.UTF8String : UniversalTagNumber.PrintableString);
        }
        catch (System.Text.EncoderFallbackException e)
        {
            throw new ProblemException(Problems.LintFailed($"the extension {extension.Name} has a character that its encoding lacks"), e);
        }
    }
}
