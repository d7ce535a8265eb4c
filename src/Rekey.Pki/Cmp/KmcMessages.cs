using System.Formats.Asn1;
using Rekey.Pki.Certificates;

namespace Rekey.Pki.Cmp;

/// <summary>What the messages between CA and key-management centre have in common.</summary>
public static class KmcMessages
{
    internal const int Version = 1;

    /// <summary>Demands that a notice was taken.</summary>
    /// <param name="answer">pkiConf, or an error message.</param>
    /// <param name="kmc">The centre's certificate.</param>
    /// <param name="question">What the CA sent.</param>
    /// <exception cref="CmpRefusedException">The centre refused.</exception>
    /// <exception cref="CmpInvalidException">Not the centre's answer to this question.</exception>
    public static void RequireTaken(CmpMessage answer, Certificate kmc, CmpMessage question)
    {
        RequireAnswer(answer, kmc, question);
        if (answer.Type != CmpBodyType.Confirmation)
        {
            throw new CmpInvalidException(CmpFailure.BadRequest, $"{answer.Type} does not answer a notice");
        }
    }

    internal static void RequireAnswer(CmpMessage answer, Certificate kmc, CmpMessage question)
    {
        if (!answer.IsSignedBy(kmc.PublicKey))
        {
            throw new CmpInvalidException(CmpFailure.BadMessageCheck, "the answer is not protected by the key-management centre");
        }

        if (!Same(answer.TransactionId, question.TransactionId) || !Same(answer.RecipientNonce, question.SenderNonce))
        {
            throw new CmpInvalidException(CmpFailure.BadRecipientNonce, "the answer belongs to another question");
        }

        if (answer.Type == CmpBodyType.Error)
        {
            throw CmpRequests.Read(() => CmpErrors.Refusal(Org.BouncyCastle.Asn1.Cmp.ErrorMsgContent.GetInstance(answer.Body.Content).PkiStatusInfo, byCa: false));
        }
    }

    internal static byte[] General(CmpBodyType type, CmpHeader header, CmpSigner signer, string oid, Action<AsnWriter> value) =>
        CmpBuilder.Build(header, CmpBuilder.Body(type, w =>
        {
            using (w.PushSequence())
            {
                w.WriteEncodedValue(CmpBuilder.Info(oid, value));
            }
        }), signer);

    /// <summary>The one InfoTypeAndValue of a general message or response.</summary>
    internal static ReadOnlyMemory<byte> OnlyInfo(CmpMessage message, CmpBodyType type)
    {
        if (message.Type != type)
        {
            throw new CmpInvalidException(CmpFailure.BadRequest, $"{message.Type} stands where {type} is expected");
        }

        var list = new AsnReader(message.BodyContent, AsnEncodingRules.DER).ReadSequence();
        var info = list.ReadEncodedValue();
        list.ThrowIfNotEmpty();
        return info;
    }

    /// <summary>The SEQUENCE in an InfoTypeAndValue of this type.</summary>
    internal static AsnReader Value(ReadOnlyMemory<byte> info, string oid)
    {
        var pair = new AsnReader(info, AsnEncodingRules.DER).ReadSequence();
        if (pair.ReadObjectIdentifier() != oid)
        {
            throw new CmpInvalidException(CmpFailure.BadRequest, "this kind of information is not expected here");
        }

        var value = pair.ReadSequence();
        pair.ThrowIfNotEmpty();
        return value;
    }

    internal static void DemandVersion(AsnReader reader)
    {
        if (!reader.TryReadInt32(out var version) || version != Version)
        {
            throw new CmpInvalidException(CmpFailure.BadDataFormat, "a version that is not known here");
        }
    }

    private static bool Same(byte[]? left, byte[]? right) => left is not null && right is not null && left.AsSpan().SequenceEqual(right);
}
