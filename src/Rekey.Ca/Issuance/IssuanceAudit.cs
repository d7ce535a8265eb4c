using Rekey.Ca.Certificates;
using Rekey.Store.Audit;

namespace Rekey.Ca.Issuance;

/// <summary>Audit entries of CMP: who asked for what, and what became of it.</summary>
internal static class IssuanceAudit
{
    public static AuditEvent Issued(VerifiedRequest request, CertificateRecord record) =>
        new("certificate.issued", request.From.Requester, CertificateTarget.Of(record))
        {
            Details = new Dictionary<string, string>
            {
                ["message"] = request.From.Message.Type.ToString(),
                ["transaction"] = request.From.TransactionId,
                ["serial"] = record.SerialHex,
                ["profile"] = record.Profile,
                ["renewal"] = record.RenewalId is { } id ? Convert.ToHexStringLower(id) : "-",
            },
            Personal = new Dictionary<string, string> { ["subject"] = record.Subject, ["subscriber"] = record.SubscriberId },
        };

    public static AuditEvent Answered(VerifiedMessage from, CertificateRecord record, bool accepted) =>
        new(accepted ? "certificate.confirmed" : "certificate.rejected", from.Requester, CertificateTarget.Of(record))
        {
            Details = new Dictionary<string, string> { ["transaction"] = from.TransactionId },
        };

    public static AuditEvent Refused(VerifiedMessage from, string reason) =>
        new("request.refused", from.Requester, $"transaction:{from.TransactionId}", AuditOutcome.Refused)
        {
            Details = new Dictionary<string, string> { ["message"] = from.Message.Type.ToString(), ["reason"] = reason },
        };
}
