using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ca.Issuers;
using Rekey.Ca.Store;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;

namespace Rekey.Ca.Inner;

/// <summary>Why a certificate is not one of our RAs'.</summary>
/// <param name="Failure">As a CMP failure.</param>
/// <param name="Reason">For people, in English.</param>
internal sealed record NotAnRa(CmpFailure Failure, string Reason);

/// <summary>
/// Who is one of our RAs: named in the configuration, issued by our CA for that purpose, valid now and not revoked. Asked of the
/// signer of a nested message, and of whoever opens a connection to the CA's host.
/// </summary>
internal sealed class RegistrationAuthorities(CertificationAuthority ca, TimeProvider time)
{
    /// <summary>Why not; null when it is one.</summary>
    public async Task<NotAnRa?> WhyNotAsync(CaDbContext db, Certificate certificate, CancellationToken ct)
    {
        if (WhyNot(certificate) is { } refusal)
        {
            return refusal;
        }

        var sha256 = certificate.Sha256;
        var state = await db.Certificates.Where(c => c.Sha256 == sha256).Select(c => (CertificateState?)c.State).SingleOrDefaultAsync(ct);
        return WhyNot(state);
    }

    /// <summary>Why not, by the state in which the store has its certificate.</summary>
    public static NotAnRa? WhyNot(CertificateState? state) =>
        state is null or CertificateState.Confirmed ? null : new(CmpFailure.CertRevoked, "the RA's certificate is revoked or on hold");

    /// <summary>Why not, as far as that is known without the store.</summary>
    public NotAnRa? WhyNot(Certificate certificate)
    {
        var policy = new ChainPolicy(time.GetUtcNow()) { RequiredUsage = KeyUsages.DigitalSignature, RequiredPurpose = Oids.CmcRa };
        if (ca.Chains.Validate(certificate, policy).Fault is { } fault)
        {
            return new(CmpFailure.SignerNotTrusted, $"the RA's certificate is not accepted: {fault}");
        }

        return ca.RegistrationAuthorities.Contains(certificate) ? null : new(CmpFailure.NotAuthorized, "this RA is not one of ours");
    }
}
