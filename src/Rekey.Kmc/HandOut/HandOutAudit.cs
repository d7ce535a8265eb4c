using System.Globalization;
using Rekey.Store.Audit;

namespace Rekey.Kmc.HandOut;

/// <summary>Audit entries about orders: who got what, wrapped to which key.</summary>
internal static class HandOutAudit
{
    private const string Ca = "ca";

    public static AuditEvent HandedOut(VerifiedOrder order, OrderRecord record) => new("key.handed-out", Ca, order.Target)
    {
        Details = new Dictionary<string, string>
        {
            ["key"] = record.Key.KeyId.ToString("N"),
            ["kind"] = record.Key.Kind,
            ["number"] = record.HandOuts.ToString(CultureInfo.InvariantCulture),
            ["requester"] = Convert.ToHexStringLower(order.RequesterSha256),
            ["signing-key"] = Convert.ToHexStringLower(order.SigningKey.Sha256),
            ["transport-key"] = Convert.ToHexStringLower(order.Transport.Sha256),
        },
        Personal = new Dictionary<string, string> { ["subscriber"] = order.Order.SubscriberId },
    };

    public static AuditEvent Refused(VerifiedOrder order, string reason) => new("key.refused", Ca, order.Target, AuditOutcome.Refused)
    {
        Details = new Dictionary<string, string> { ["reason"] = reason, ["transport-key"] = Convert.ToHexStringLower(order.Transport.Sha256) },
    };

    public static AuditEvent Took(string what, OrderRecord record) => new(what, Ca, VerifiedOrder.TargetOf(record.OrderId, record.CertReqId))
    {
        Details = new Dictionary<string, string> { ["key"] = record.Key.KeyId.ToString("N") },
    };

    public static AuditEvent ToHistory(OrderRecord cause, Guid key) =>
        new("key.to-history", Ca, VerifiedOrder.TargetOf(cause.OrderId, cause.CertReqId))
        {
            Details = new Dictionary<string, string> { ["key"] = key.ToString("N") },
        };
}
