using Rekey.Ca.Events;
using Rekey.Contract.Upstream;

namespace Rekey.Ca.Issuance;

/// <summary>The CA's events in the form that an RA gets.</summary>
internal static class UpstreamEvents
{
    /// <summary>An event as it crosses to the RA.</summary>
    public static CaEvent Of(EventRecord e) => new(
        e.Sequence!.Value,
        e.Kind switch
        {
            EventKind.Issued => CaEventKind.Issued,
            EventKind.Confirmed => CaEventKind.Confirmed,
            EventKind.Held or EventKind.ExpiredUnconfirmed => CaEventKind.Held,
            EventKind.Resumed => CaEventKind.Resumed,
            EventKind.Revoked => CaEventKind.Revoked,
            EventKind.Rejected => CaEventKind.Rejected,
            EventKind.KeyRecovered => CaEventKind.KeyRecovered,
            _ => throw new InvalidOperationException($"event {e.Kind} has no form for the RA"),
        },
        e.At,
        e.Certificate.Sha256,
        e.Kind == EventKind.Issued ? e.Certificate.Der : null,
        e.Certificate.RenewalId,
        e.Certificate.SubscriberId,
        e.Certificate.Profile,
        (int?)e.Certificate.Reason,
        e.Certificate.PairOf?.Sha256,
        e.RecoveryId);
}
