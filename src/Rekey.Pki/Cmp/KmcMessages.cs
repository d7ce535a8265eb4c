using System.Formats.Asn1;

namespace Rekey.Pki.Cmp;

/// <summary>What the messages between CA and key-management centre have in common.</summary>
public static class KmcMessages
{
    private const int Version = 1;

    /// <summary>Demands that a notice was taken.</summary>
    /// <param name="answer">pkiConf, or an error message.</param>
    /// <param name="kmc">The centre.</param>
    /// <param name="question">What the CA sent.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="CmpRefusedException">The centre refused.</exception>
    /// <exception cref="CmpInvalidException">Not the centre's answer to this question.</exception>
    public static void RequireTaken(CmpMessage answer, PinnedSigner kmc, CmpMessage question, DateTimeOffset now)
    {
        RequireAnswer(answer, kmc, question, now);
        if (answer.Type != CmpBodyType.Confirmation)
        {
            throw new CmpInvalidException(CmpFailure.BadRequest, $"{answer.Type} does not answer a notice");
        }
    }

    internal static void RequireAnswer(CmpMessage answer, PinnedSigner kmc, CmpMessage question, DateTimeOffset now)
    {
        kmc.Require(answer, now);
        if (!Same(answer.TransactionId, question.TransactionId) || !Same(answer.RecipientNonce, question.SenderNonce))
        {
            throw new CmpInvalidException(CmpFailure.BadRecipientNonce, "the answer belongs to another question");
        }

        if (answer.Type == CmpBodyType.Error)
        {
            throw CmpRequests.Read(() => CmpErrors.Refusal(Org.BouncyCastle.Asn1.Cmp.ErrorMsgContent.GetInstance(answer.Body.Content).PkiStatusInfo, byCa: false));
        }
    }

    internal static byte[] General(CmpBodyType type, CmpHeader header, CmpSigner signer, string oid, Action<AsnWriter> parts) =>
        CmpBuilder.Build(header, CmpBuilder.Body(type, w =>
        {
            using (w.PushSequence())
            {
                w.WriteEncodedValue(Info(oid, parts));
            }
        }), signer);

    /// <summary>An InfoTypeAndValue whose value is SEQUENCE { version, parts }.</summary>
    internal static byte[] Info(string oid, Action<AsnWriter> parts) => CmpBuilder.Info(oid, w =>
    {
        using (w.PushSequence())
        {
            w.WriteInteger(Version);
            parts(w);
        }
    });

    /// <summary>SEQUENCE OF.</summary>
    internal static void WriteAll<T>(AsnWriter writer, IEnumerable<T> all, Action<AsnWriter, T> write)
    {
        using (writer.PushSequence())
        {
            foreach (var one in all)
            {
                write(writer, one);
            }
        }
    }

    /// <summary>SEQUENCE OF.</summary>
    internal static List<T> ReadAll<T>(AsnReader reader, Func<AsnReader, T> read)
    {
        var all = new List<T>();
        for (var list = reader.ReadSequence(); list.HasData;)
        {
            all.Add(read(list));
        }

        return all;
    }

    /// <summary>What a genm of this type says; null when it is about something else.</summary>
    /// <exception cref="CmpInvalidException">It cannot be read.</exception>
    internal static T? TryRead<T>(CmpMessage message, string oid, Func<AsnReader, T> read)
        where T : class => CmpRequests.Read(() =>
        {
            var info = OnlyInfo(message, CmpBodyType.GeneralMessage);
            return CmpHeaderFields.TypeOf(info) == oid ? ReadParts(info, oid, read) : null;
        });

    /// <summary>What the centre's genp of this type says, when it is the answer to the question.</summary>
    /// <exception cref="CmpRefusedException">The centre refused.</exception>
    /// <exception cref="CmpInvalidException">Not the centre's answer to this question.</exception>
    internal static T ReadAnswer<T>(CmpMessage answer, PinnedSigner kmc, CmpMessage question, DateTimeOffset now, string oid, Func<AsnReader, T> read)
    {
        RequireAnswer(answer, kmc, question, now);
        return CmpRequests.Read(() => ReadParts(OnlyInfo(answer, CmpBodyType.GeneralResponse), oid, read));
    }

    /// <summary>What stands behind the version in an InfoTypeAndValue of this type.</summary>
    internal static T ReadParts<T>(ReadOnlyMemory<byte> info, string oid, Func<AsnReader, T> read)
    {
        var pair = new AsnReader(info, AsnEncodingRules.DER).ReadSequence();
        if (pair.ReadObjectIdentifier() != oid)
        {
            throw new CmpInvalidException(CmpFailure.BadRequest, "this kind of information is not expected here");
        }

        var value = pair.ReadSequence();
        pair.ThrowIfNotEmpty();
        if (!value.TryReadInt32(out var version) || version != Version)
        {
            throw new CmpInvalidException(CmpFailure.BadDataFormat, "a version that is not known here");
        }

        var parts = read(value);
        value.ThrowIfNotEmpty();
        return parts;
    }

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

    private static bool Same(byte[]? left, byte[]? right) => left is not null && right is not null && left.AsSpan().SequenceEqual(right);
}
