using System.Formats.Asn1;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Cmp;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.X509;

namespace Rekey.Pki.Cmp;

/// <summary>Which certificate, by issuer and serial number (CRMF CertId, RFC 4211 section 6.5).</summary>
/// <param name="Issuer">DER of the issuer's name.</param>
/// <param name="Serial">Serial number: upper-case hex of its content octets, without leading zero octets.</param>
public sealed record CertificateId(byte[] Issuer, string Serial);

/// <summary>What a message asks for: one requested certificate (CRMF or PKCS#10).</summary>
/// <param name="CertReqId">certReqId; -1 for PKCS#10.</param>
/// <param name="Subject">DER of the wanted subject, or null.</param>
/// <param name="Spki">DER SubjectPublicKeyInfo of the key to certify, or null when the request carries none.</param>
/// <param name="OldCertificate">The certificate to be updated (oldCertID control), or null.</param>
public sealed record RequestedCertificate(int CertReqId, byte[]? Subject, byte[]? Spki, CertificateId? OldCertificate)
{
    /// <summary>
    /// DER AlgorithmIdentifier of the key that the key-management centre shall make: what a template with an empty public key says
    /// (RFC 9483 section 4.1.6). Null when the request brings a key of its own.
    /// </summary>
    public byte[]? WantedAlgorithm { get; init; }

    /// <summary>
    /// DER SubjectPublicKeyInfo of the key that the made key is to be enveloped for (protocolEncrKey, RFC 4211 section 6.6), or null. Behind a MAC
    /// the request with a key of its own names it as well, under its proof of possession.
    /// </summary>
    public byte[]? TransportSpki { get; init; }

    /// <summary>Whether it asks for a key that the key-management centre makes.</summary>
    public bool AsksForKey => WantedAlgorithm is not null;

    internal byte[]? PopInput { get; init; }

    internal string? PopOid { get; init; }

    internal byte[]? PopSignature { get; init; }

    /// <summary>Whether the request proves possession of its key by a signature with it. Other ways of proof are not accepted.</summary>
    public bool ProvesPossessionOf(Algorithms.PublicKey key) =>
        PopInput is not null && PopOid is not null && PopSignature is not null && key.Verify(PopOid, PopInput, PopSignature);
}

/// <summary>What a message asks for when all of it was proved: a certificate for a key of its own and, for a pair, one for a key to be made.</summary>
/// <param name="Requested">The request with a key.</param>
/// <param name="Key">That key, whose possession the message proves.</param>
/// <param name="Encryption">The request for an encryption key, with the key that it is to be enveloped for; null when there is none.</param>
public sealed record ProvenRequest(RequestedCertificate Requested, Algorithms.PublicKey Key, RequestedCertificate? Encryption);

/// <summary>One certificate's status in a certConf (RFC 4210 section 5.3.18).</summary>
/// <param name="CertReqId">certReqId of the response that carried the certificate.</param>
/// <param name="CertHash">Hash of the certificate.</param>
/// <param name="Accepted">False when the client rejects the certificate.</param>
/// <param name="Reason">What the client said, or null.</param>
public sealed record ConfirmedCertificate(int CertReqId, byte[] CertHash, bool Accepted, string? Reason);

/// <summary>A revocation request (RFC 4210 section 5.3.9).</summary>
/// <param name="Certificate">Which certificate.</param>
/// <param name="Reason">CRLReason (RFC 5280 section 5.3.1), 0 when none was given.</param>
public sealed record RequestedRevocation(CertificateId Certificate, int Reason);

/// <summary>Reads the bodies that a client sends.</summary>
public static class CmpRequests
{
    /// <summary>The certificates that an ir, cr, kur or p10cr asks for, in order.</summary>
    /// <exception cref="CmpInvalidException">The body cannot be read.</exception>
    public static IReadOnlyList<RequestedCertificate> Certificates(CmpMessage message) => Read(() =>
    {
        if (message.Type == CmpBodyType.Pkcs10Request)
        {
            return [Pkcs10(message)];
        }

        return Elements(message.BodyContent).Select(CrmfReader.Read).ToArray();
    });

    /// <summary>The statuses of a certConf; empty means that the client rejects all.</summary>
    public static IReadOnlyList<ConfirmedCertificate> Confirmations(CmpMessage message) => Read(() =>
        CertConfirmContent.GetInstance(message.Body.Content).ToCertStatusArray()
            .Select(s => new ConfirmedCertificate(
                s.CertReqID.IntValueExact,
                s.CertHash.GetOctets(),
                s.StatusInfo is null || s.StatusInfo.StatusObject.IntValueExact is 0 or 1,
                s.StatusInfo?.StatusString is { Count: > 0 } t ? t[0].GetString() : null))
            .ToArray());

    /// <summary>The certificates that an rr names.</summary>
    public static IReadOnlyList<RequestedRevocation> Revocations(CmpMessage message) => Read(() =>
        RevReqContent.GetInstance(message.Body.Content).ToRevDetailsArray()
            .Select(d => new RequestedRevocation(
                d.CertDetails is { Issuer: { } issuer, SerialNumber: { } serial }
                    ? new(issuer.GetDerEncoded(), Hex(serial))
                    : throw new CmpInvalidException(CmpFailure.BadCertId, "issuer or serial number is missing"),
                d.CrlEntryDetails?.GetExtensionParsedValue(X509Extensions.ReasonCode) is { } r ? DerEnumerated.GetInstance(r).IntValueExact : 0))
            .ToArray());

    /// <summary>Object identifiers of what a genm asks for.</summary>
    public static IReadOnlyList<string> General(CmpMessage message) => Read(() =>
        GenMsgContent.GetInstance(message.Body.Content).ToInfoTypeAndValueArray().Select(i => i.InfoType.Id).ToArray());

    /// <summary>
    /// What a message asks for: one certificate for a key whose possession it proves, or a pair (docs/decisions/0020), whose second
    /// request is for an encryption key to be made and names the key that it is to be enveloped for.
    /// </summary>
    /// <exception cref="CmpInvalidException">More, without a key, or without a proof that verifies.</exception>
    /// <exception cref="Algorithms.UnsupportedKeyException">A kind of key that is not known here.</exception>
    public static ProvenRequest Proven(CmpMessage message)
    {
        var (requested, encryption) = Certificates(message) switch
        {
            [var one] => (one, null),
            [var signing, { AsksForKey: true } second] when second.CertReqId != signing.CertReqId => (signing, second),
            _ => throw new CmpInvalidException(CmpFailure.BadRequest, "one certificate per message, or a pair"),
        };
        if (encryption is { TransportSpki: null })
        {
            throw new CmpInvalidException(CmpFailure.BadCertTemplate, "the request for a key names no key to envelope it for");
        }

        // A MAC is only the RA's to verify. What everyone can verify is the proof of possession, so the key to envelope for stands under that, too.
        if (encryption is not null && message.IsMacProtected && !encryption.TransportSpki.AsSpan().SequenceEqual(requested.TransportSpki))
        {
            throw new CmpInvalidException(CmpFailure.BadPop, "behind a MAC the new key signs to which key another one is enveloped");
        }

        var key = Algorithms.PublicKey.FromSpki(requested.Spki ?? throw new CmpInvalidException(CmpFailure.BadCertTemplate, "the request has no key"));
        return requested.ProvesPossessionOf(key)
            ? new(requested, key, encryption)
            : throw new CmpInvalidException(CmpFailure.BadPop, "the proof of possession does not verify");
    }

    /// <summary>certReqId of a pollReq.</summary>
    /// <exception cref="CmpInvalidException">The body cannot be read, or does not name exactly one request.</exception>
    public static int Poll(CmpMessage message) => Read(() => Elements(message.BodyContent).Select(PolledId).ToArray()) is [var only]
        ? only : throw new CmpInvalidException(CmpFailure.BadRequest, "one certReqId per pollReq");

    /// <summary>The messages inside a nested message, as they were received.</summary>
    public static IReadOnlyList<CmpMessage> Nested(CmpMessage message) => Read(() =>
        Elements(message.BodyContent).Select(CmpMessage.Parse).ToArray());

    internal static string Hex(DerInteger serial) => Convert.ToHexString(serial.PositiveValue.ToByteArrayUnsigned());

    internal static T Read<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or InvalidCastException or ArithmeticException
            or AsnContentException or IOException or IndexOutOfRangeException or NullReferenceException or FormatException)
        {
            throw new CmpInvalidException(CmpFailure.BadDataFormat, "the body cannot be read", e);
        }
    }

    private static RequestedCertificate Pkcs10(CmpMessage message)
    {
        var request = CertificationRequest.GetInstance(message.Body.Content);
        var info = request.GetCertificationRequestInfo();
        return new(-1, info.Subject.GetDerEncoded(), info.SubjectPublicKeyInfo.GetDerEncoded(), null)
        {
            PopInput = Elements(message.BodyContent)[0].ToArray(),
            PopOid = request.SignatureAlgorithm.Algorithm.Id,
            PopSignature = request.GetSignatureOctets(),
        };
    }

    private static int PolledId(ReadOnlyMemory<byte> entry)
    {
        var reader = new AsnReader(entry, AsnEncodingRules.BER).ReadSequence();
        var id = reader.TryReadInt32(out var value) ? value : throw new AsnContentException("certReqId is out of range");
        reader.ThrowIfNotEmpty();
        return id;
    }

    private static List<ReadOnlyMemory<byte>> Elements(ReadOnlyMemory<byte> sequence)
    {
        var reader = new AsnReader(sequence, AsnEncodingRules.BER).ReadSequence();
        var elements = new List<ReadOnlyMemory<byte>>();
        while (reader.HasData)
        {
            elements.Add(reader.ReadEncodedValue());
        }

        return elements;
    }
}

/// <summary>Object identifiers of general messages (RFC 9480, RFC 9483 section 4.3).</summary>
public static class CmpGeneralMessages
{
    /// <summary>id-it-caCerts.</summary>
    public const string CaCertificates = "1.3.6.1.5.5.7.4.17";

    /// <summary>id-it-rootCaCert: the root of which an update is wanted.</summary>
    public const string RootCaCertificate = "1.3.6.1.5.5.7.4.20";

    /// <summary>id-it-rootCaKeyUpdate.</summary>
    public const string RootCaKeyUpdate = "1.3.6.1.5.5.7.4.18";

    /// <summary>id-it-crlStatusList: the client's CRLs, of which newer ones are wanted.</summary>
    public const string CrlStatusList = "1.3.6.1.5.5.7.4.22";

    /// <summary>id-it-crls.</summary>
    public const string Crls = "1.3.6.1.5.5.7.4.23";

    /// <summary>id-it-currentCRL (RFC 4210 section 5.3.19.6).</summary>
    public const string CurrentCrl = "1.3.6.1.5.5.7.4.6";
}
