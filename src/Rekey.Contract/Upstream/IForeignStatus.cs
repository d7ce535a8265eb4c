using System.Text.Json.Serialization;

namespace Rekey.Contract.Upstream;

/// <summary>
/// What the CA knows of certificates that a taken-over CA issued. The RA asks before it lets a holder begin, so that what could be
/// known does not fail only when a key has been made; the CA judges once more when it issues.
/// </summary>
public interface IForeignStatus
{
    /// <summary>The status of a certificate.</summary>
    /// <param name="certificate">DER.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="CaUnreachableException">No answer within the limit.</exception>
    Task<ForeignCertificateStatus> StatusAsync(ReadOnlyMemory<byte> certificate, CancellationToken cancel);
}

/// <summary>Status of a taken-over CA's certificate; both null: that CA is not known, or its last word is too old.</summary>
/// <param name="GoodUntil">It is not revoked, and this holds so long.</param>
/// <param name="RevokedAt">It is revoked or on hold since then.</param>
public sealed record ForeignCertificateStatus(DateTimeOffset? GoodUntil, DateTimeOffset? RevokedAt);

/// <summary>JSON of that question.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ForeignCertificateStatus))]
public sealed partial class ForeignStatusJson : JsonSerializerContext;
