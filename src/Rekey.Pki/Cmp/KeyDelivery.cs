using System.Formats.Asn1;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;

namespace Rekey.Pki.Cmp;

/// <summary>Forms in which an encryption key travels to its token.</summary>
public enum KeyEnvelopeForm
{
    /// <summary>SM2EnvelopedKey (GM/T 0009-2012 clause 7.4), for SKF_ImportECCKeyPair.</summary>
    Sm2EnvelopedKey,

    /// <summary>EnvelopedData (RFC 5652 section 6) with a wrapped PKCS#8, for C_UnwrapKey.</summary>
    EnvelopedData,

    /// <summary>EncryptedValue (RFC 4211 section 2.1) with an RSA key under SM4, for SKF_ImportRSAKeyPair; see <see cref="RsaEncryptedValue"/>.</summary>
    RsaEncryptedValue,
}

/// <summary>An encryption key, enveloped so that only its token can open it.</summary>
/// <param name="Form">Its form.</param>
/// <param name="Der">DER of that form.</param>
public sealed record KeyEnvelope(KeyEnvelopeForm Form, byte[] Der)
{
    /// <summary>
    /// The alternative of EncryptedKey (RFC 4211 section 2.1). An SM2EnvelopedKey, which that CHOICE does not know, is the encValue of an
    /// EncryptedValue whose intendedAlg is SM2.
    /// </summary>
    internal void Write(AsnWriter writer)
    {
        if (Form == KeyEnvelopeForm.EnvelopedData)
        {
            var content = new AsnReader(Der, AsnEncodingRules.DER).ReadSequence();
            using (writer.PushSequence(CmpBuilder.Tag(0)))
            {
                while (content.HasData)
                {
                    writer.WriteEncodedValue(content.ReadEncodedValue().Span);
                }
            }

            return;
        }

        if (Form == KeyEnvelopeForm.RsaEncryptedValue)
        {
            writer.WriteEncodedValue(Der);
            return;
        }

        using (writer.PushSequence())
        {
            using (writer.PushSequence(CmpBuilder.Tag(0)))
            {
                writer.WriteObjectIdentifier(Sm2Curve.EcPublicKeyOid);
                writer.WriteObjectIdentifier(Sm2Curve.Oid);
            }

            writer.WriteBitString(Der);
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="AsnContentException">Another alternative.</exception>
    internal static KeyEnvelope Read(AsnReader reader)
    {
        if (reader.PeekTag() == CmpBuilder.Tag(0))
        {
            var der = reader.ReadEncodedValue().ToArray();
            der[0] = 0x30; // the tag [0] stands in the place of the SEQUENCE's own
            return new(KeyEnvelopeForm.EnvelopedData, der);
        }

        var whole = reader.PeekEncodedValue();
        var value = reader.ReadSequence();
        var intended = value.ReadSequence(CmpBuilder.Tag(0));
        var kind = intended.ReadObjectIdentifier();
        return kind == RsaEncryptedValue.RsaOid ? new(KeyEnvelopeForm.RsaEncryptedValue, whole.ToArray())
            : kind == Sm2Curve.EcPublicKeyOid && intended.ReadObjectIdentifier() == Sm2Curve.Oid
            ? new(KeyEnvelopeForm.Sm2EnvelopedKey, CmpMessage.WholeOctets(value))
            : throw new AsnContentException("an encrypted key of an unknown kind");
    }
}

/// <summary>A certificate that an answer brings.</summary>
/// <param name="CertReqId">certReqId of its request; -1 for p10cr.</param>
/// <param name="Der">DER.</param>
/// <param name="Key">Its private key, where the key-management centre made it; else null.</param>
public sealed record IssuedCertificate(int CertReqId, byte[] Der, KeyEnvelope? Key = null);

/// <summary>A certificate in an answer as its client reads it (CertRepMessage, RFC 4210 section 5.3.4).</summary>
/// <param name="Status">PKIStatusInfo.</param>
/// <param name="Certificate">What it brings; null when it was refused or waits.</param>
internal sealed record CertificateResponse(ReadOnlyMemory<byte> Status, IssuedCertificate? Certificate)
{
    /// <summary>Reads the responses of an ip, cp or kup.</summary>
    /// <exception cref="AsnContentException">Not a CertRepMessage.</exception>
    public static IReadOnlyDictionary<int, CertificateResponse> ReadAll(ReadOnlyMemory<byte> bodyContent)
    {
        var content = new AsnReader(bodyContent, AsnEncodingRules.BER).ReadSequence();
        if (content.HasData && content.PeekTag() == CmpBuilder.Tag(1))
        {
            content.ReadEncodedValue(); // caPubs: trust comes from elsewhere
        }

        var list = content.ReadSequence();
        var found = new Dictionary<int, CertificateResponse>();
        while (list.HasData)
        {
            var response = list.ReadSequence();
            var id = response.TryReadInt32(out var number) ? number : throw new AsnContentException("certReqId is out of range");
            var status = response.ReadEncodedValue();
            var certificate = response.HasData && response.PeekTag() == new Asn1Tag(UniversalTagNumber.Sequence, isConstructed: true) ? Read(id, response.ReadSequence()) : null;
            if (!found.TryAdd(id, new(status, certificate)))
            {
                throw new AsnContentException("two responses to one request");
            }
        }

        return found;
    }

    private static IssuedCertificate? Read(int id, AsnReader keyPair)
    {
        if (keyPair.PeekTag() != CmpBuilder.Tag(0))
        {
            return null; // an encrypted certificate, which we never ask for
        }

        var der = keyPair.ReadSequence(CmpBuilder.Tag(0)).ReadEncodedValue().ToArray();
        var key = keyPair.HasData && keyPair.PeekTag() == CmpBuilder.Tag(0) ? KeyEnvelope.Read(keyPair.ReadSequence(CmpBuilder.Tag(0))) : null;
        return new(id, der, key);
    }
}
