using System.Formats.Asn1;
using Rekey.Pki.Algorithms;

namespace Rekey.Pki.Certificates;

/// <summary>Builds OCSP responses (RFC 6960 section 4.2).</summary>
public static class OcspBuilder
{
    /// <summary>An answer without statuses, unsigned.</summary>
    public static byte[] Failure(OcspResponseStatus status)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            WriteEnumerated(writer, (byte)status);
        }

        return writer.Encode();
    }

    /// <summary>Builds and signs an answer.</summary>
    /// <param name="responses">The statuses.</param>
    /// <param name="nonce">The request's nonce, or null.</param>
    /// <param name="producedAt">The present.</param>
    /// <param name="responder">Certificate of the signer, which goes along.</param>
    /// <param name="key">Its key.</param>
    public static byte[] Sign(
        IReadOnlyList<OcspSingleResponse> responses, byte[]? nonce, DateTimeOffset producedAt, Certificate responder, ISigningKey key)
    {
        var data = new AsnWriter(AsnEncodingRules.DER);
        using (data.PushSequence())
        {
            using (data.PushSequence(OcspResponse.Explicit(1)))
            {
                data.WriteEncodedValue(responder.Subject.Encoded.Span);
            }

            WriteTime(data, producedAt);
            using (data.PushSequence())
            {
                foreach (var response in responses)
                {
                    WriteSingle(data, response);
                }
            }

            if (nonce is not null)
            {
                using (data.PushSequence(OcspResponse.Explicit(1)))
                {
                    ExtensionWriter.Write(data, [OcspRequest.NonceExtension(nonce)]);
                }
            }
        }

        var basic = SignatureIdentifiers.Sign(data.Encode(), key, w =>
        {
            using (w.PushSequence(OcspResponse.Explicit(0)))
            using (w.PushSequence())
            {
                w.WriteEncodedValue(responder.Encoded.Span);
            }
        });
        return Successful(basic);
    }

    private static byte[] Successful(byte[] basic)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            WriteEnumerated(writer, 0);
            using (writer.PushSequence(OcspResponse.Explicit(0)))
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Oids.OcspBasic);
                writer.WriteOctetString(basic);
            }
        }

        return writer.Encode();
    }

    private static void WriteSingle(AsnWriter writer, OcspSingleResponse response)
    {
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(response.Id.Encoded.Span);
            if (response.Status == OcspCertStatus.Revoked)
            {
                using (writer.PushSequence(OcspResponse.Explicit(1)))
                {
                    WriteTime(writer, response.RevokedAt ?? response.ThisUpdate);
                    if (response.Reason != 0)
                    {
                        using (writer.PushSequence(OcspResponse.Explicit(0)))
                        {
                            WriteEnumerated(writer, (byte)response.Reason);
                        }
                    }
                }
            }
            else
            {
                writer.WriteNull(new Asn1Tag(TagClass.ContextSpecific, response.Status == OcspCertStatus.Good ? 0 : 2));
            }

            WriteTime(writer, response.ThisUpdate);
            if (response.NextUpdate is { } next)
            {
                using (writer.PushSequence(OcspResponse.Explicit(0)))
                {
                    WriteTime(writer, next);
                }
            }
        }
    }

    private static void WriteTime(AsnWriter writer, DateTimeOffset time) =>
        writer.WriteGeneralizedTime(time.ToUniversalTime(), omitFractionalSeconds: true);

    private static void WriteEnumerated(AsnWriter writer, byte value) => writer.WriteEncodedValue([0x0A, 0x01, value]);
}
