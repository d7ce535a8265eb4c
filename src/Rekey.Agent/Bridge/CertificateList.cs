using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rekey.Agent.Modules;
using Rekey.Contract.Bridge;
using Rekey.Tokens.Journal;

namespace Rekey.Agent.Bridge;

/// <summary>What a page learns of the tokens.</summary>
internal static class CertificateList
{
    /// <summary>The event that lists them.</summary>
    public static CertificatesEvent Of(TokenSurvey survey) => new(
        [.. survey.Tokens.Select(t => t.Place.Summary)],
        [.. survey.Tokens.SelectMany((t, i) => t.Pairs
            .Where(p => p.HasPrivateKey is not false && p.Certificate is { } der && IsHolders(der))
            .Select(p => new CertificateSummary(Convert.ToBase64String(p.Certificate!), i)))],
        [.. survey.Tokens.SelectMany((t, i) => TokenJournal.Read(t.Pairs)
            .Where(r => r.IsPending)
            .Select(r => new ResumableRenewal(r.RenewalId, i, r.Old is { } old ? Convert.ToHexStringLower(SHA256.HashData(old.Certificate!)) : null)))]);

    /// <summary>Whether a certificate is a holder's: tokens carry those of their CAs, too.</summary>
    public static bool IsHolders(byte[] der)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            return certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true };
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
