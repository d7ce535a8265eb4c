using System.Text.Json.Serialization;

namespace Rekey.Contract.Upstream;

/// <summary>
/// The way from RA to CA. In one process or over mutual TLS the same signed octets are exchanged, so that nothing depends on which.
/// </summary>
public interface ICaUpstream
{
    /// <summary>Sends a nested CMP message (RFC 9483 section 5.2.2) and returns the CA's answer, which may be an error message.</summary>
    /// <exception cref="CaUnreachableException">No answer within the limit; whether the CA acted is unknown, and a repeat is safe.</exception>
    Task<byte[]> ExchangeAsync(ReadOnlyMemory<byte> message, CancellationToken cancel);

    /// <summary>The CA's events above a number, in order.</summary>
    /// <param name="after">Number of the last event known; 0 for none.</param>
    /// <param name="max">At most so many.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="CaUnreachableException">No answer within the limit.</exception>
    Task<IReadOnlyList<CaEvent>> EventsAsync(long after, int max, CancellationToken cancel);
}

/// <summary>The CA did not answer.</summary>
public sealed class CaUnreachableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What the CA did with a certificate.</summary>
public enum CaEventKind
{
    /// <summary>Signed and stored; waits for its confirmation.</summary>
    Issued,

    /// <summary>Confirmed: in use.</summary>
    Confirmed,

    /// <summary>Rejected by its client, or ended before its confirmation.</summary>
    Rejected,

    /// <summary>On hold.</summary>
    Held,

    /// <summary>No longer on hold.</summary>
    Resumed,

    /// <summary>Revoked.</summary>
    Revoked,

    /// <summary>The certificate's key was recovered at the key-management centre: holder and contact are to be told.</summary>
    KeyRecovered,
}

/// <summary>An entry of the CA's event table, which the RA follows.</summary>
/// <param name="Seq">Number: rises, may have gaps.</param>
/// <param name="Kind">What happened.</param>
/// <param name="At">When, UTC.</param>
/// <param name="CertificateSha256">Which certificate.</param>
/// <param name="Certificate">Its DER; only with <see cref="CaEventKind.Issued"/>.</param>
/// <param name="RenewalId">The renewal that it belongs to (16 octets), or null.</param>
/// <param name="SubscriberId">The subscriber's stable identifier.</param>
/// <param name="Profile">Name of its profile.</param>
/// <param name="Reason">CRLReason; only with <see cref="CaEventKind.Held"/> and <see cref="CaEventKind.Revoked"/>.</param>
/// <param name="PairOfSha256">The signing certificate whose encryption half it is; null for every other.</param>
/// <param name="RecoveryId">The order of recovery, 16 octets; only with <see cref="CaEventKind.KeyRecovered"/>.</param>
public sealed record CaEvent(
    long Seq,
    CaEventKind Kind,
    DateTimeOffset At,
    byte[] CertificateSha256,
    byte[]? Certificate,
    byte[]? RenewalId,
    string SubscriberId,
    string Profile,
    int? Reason,
    byte[]? PairOfSha256 = null,
    byte[]? RecoveryId = null);

/// <summary>JSON of the event feed between CA and RA.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<CaEvent>))]
public sealed partial class UpstreamJson : JsonSerializerContext;
