using System.Text.Json.Serialization;

namespace Rekey.Ra.OldKeys;

/// <summary>Body of <c>PUT /api/v1/needed-until/{reference}</c>.</summary>
/// <param name="Certificate">Which certificate was encrypted for.</param>
/// <param name="Until">The last day on which its key is needed, ISO 8601, in the institution's zone.</param>
/// <param name="Reason">Why; the holder reads it.</param>
internal sealed record NeedWish(NamedCertificate Certificate, DateOnly Until, string Reason);

/// <summary>A certificate by one of its names: hash, issuer and serial number, or the subscriber who has only one to encrypt for.</summary>
/// <param name="Sha256">SHA-256 of its DER, hex.</param>
/// <param name="Issuer">The issuer field, DER Name in base64, as in a CMS issuerAndSerialNumber (RFC 5652 section 10.2.4).</param>
/// <param name="Serial">Its serial number, hex; with <paramref name="Issuer"/>.</param>
/// <param name="Subscriber">The subscriber's stable identifier.</param>
internal sealed record NamedCertificate(string? Sha256 = null, string? Issuer = null, string? Serial = null, string? Subscriber = null);

/// <summary>A registered date.</summary>
/// <param name="Reference">The relying party's own name for it.</param>
/// <param name="Certificate">The certificate that it is about.</param>
/// <param name="Until">The last day.</param>
/// <param name="Reason">Why.</param>
/// <param name="RegisteredAt">When it was registered first.</param>
/// <param name="ChangedAt">When date or reason were last set.</param>
/// <param name="KeyReleasedAt">When the holder's agent was let to remove the key from the token; null while the key stays there.</param>
internal sealed record NeedDocument(
    string Reference, CertificateDocument Certificate, DateOnly Until, string Reason, DateTimeOffset RegisteredAt, DateTimeOffset ChangedAt, DateTimeOffset? KeyReleasedAt = null);

/// <summary>The certificate of a registered date.</summary>
/// <param name="Sha256">SHA-256 of its DER, lower-case hex.</param>
/// <param name="Issuer">The issuer's name, for people.</param>
/// <param name="Serial">Serial number, upper-case hex.</param>
/// <param name="Subscriber">The subscriber's stable identifier.</param>
/// <param name="NotAfter">Its end of validity.</param>
internal sealed record CertificateDocument(string Sha256, string Issuer, string Serial, string Subscriber, DateTimeOffset NotAfter);

/// <summary>Answer of <c>GET /api/v1/needed-until</c>.</summary>
/// <param name="Dates">The relying party's own, in the order in which they were registered.</param>
/// <param name="Next">What to ask for next (<c>?after=</c>); null when there are no more.</param>
internal sealed record NeedList(IReadOnlyList<NeedDocument> Dates, long? Next = null);

/// <summary>JSON of the interface for relying parties: camel case, unknown members refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NeedWish))]
[JsonSerializable(typeof(NeedDocument))]
[JsonSerializable(typeof(NeedList))]
internal sealed partial class NeedJson : JsonSerializerContext;
