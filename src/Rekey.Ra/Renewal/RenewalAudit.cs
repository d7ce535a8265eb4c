using Rekey.Contract.Problems;
using Rekey.Store.Audit;

namespace Rekey.Ra.Renewal;

/// <summary>Audit entries about renewals: what the RA decided. What became of them the CA's log has.</summary>
internal static class RenewalAudit
{
    public static AuditEvent Started(string way, byte[] certificateSha256, byte[] renewalId) => new("renewal.started", way, Target(certificateSha256))
    {
        Details = new Dictionary<string, string> { ["renewal"] = Convert.ToHexStringLower(renewalId) },
    };

    public static AuditEvent Refused(string way, byte[] certificateSha256, Problem problem) =>
        new("renewal.refused", way, Target(certificateSha256), AuditOutcome.Refused)
        {
            Details = new Dictionary<string, string> { ["problem"] = problem.Code },
        };

    /// <summary>How entries name a certificate: as the CA's log does.</summary>
    public static string Target(byte[] certificateSha256) => $"certificate:{Convert.ToHexStringLower(certificateSha256)}";
}
