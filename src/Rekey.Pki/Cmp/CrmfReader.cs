using System.Formats.Asn1;
using Rekey.Pki.Certificates;

namespace Rekey.Pki.Cmp;

/// <summary>Reads one CertReqMsg (RFC 4211 section 3), as deep as we look into it.</summary>
internal static class CrmfReader
{
    private const string OldCertId = "1.3.6.1.5.5.7.5.1.5";
    public const string ProtocolEncrKey = "1.3.6.1.5.5.7.5.1.6";

    /// <summary>Reads one.</summary>
    /// <exception cref="AsnContentException">Not one.</exception>
    /// <exception cref="CmpInvalidException">An oldCertID without a directory name.</exception>
    public static RequestedCertificate Read(ReadOnlyMemory<byte> certReqMsg)
    {
        var message = new AsnReader(certReqMsg, AsnEncodingRules.BER).ReadSequence();
        var certRequest = message.PeekEncodedValue();
        var request = message.ReadSequence();
        var id = request.TryReadInt32(out var number) ? number : throw new AsnContentException("certReqId is out of range");
        var (subject, spki, wanted) = Template(request.ReadSequence());
        var (old, transport) = request.HasData ? Controls(request.ReadSequence()) : default;
        request.ThrowIfNotEmpty();
        var signature = new Asn1Tag(TagClass.ContextSpecific, 1, isConstructed: true);
        var (popOid, popSignature) = message.HasData && message.PeekTag() == signature ? SigningPop(message.ReadSequence(signature)) : default;
        return new(id, subject, spki, old)
        {
            WantedAlgorithm = wanted,
            TransportSpki = transport,

            // RFC 4211 section 4.1: over CertRequest when the template has subject and key, which we demand anyway.
            PopInput = popOid is null ? null : certRequest.ToArray(),
            PopOid = popOid,
            PopSignature = popSignature,
        };
    }

    private static (byte[]? Subject, byte[]? Spki, byte[]? WantedAlgorithm) Template(AsnReader template)
    {
        byte[]? subject = null;
        byte[]? spki = null;
        byte[]? wanted = null;
        var last = -1;
        while (template.HasData)
        {
            var tag = template.PeekTag();
            if (tag.TagClass != TagClass.ContextSpecific || tag.TagValue <= last || tag.TagValue > 9)
            {
                throw new AsnContentException("the template has an unknown field");
            }

            last = tag.TagValue;
            switch (last)
            {
                case 5:
                    var explicitName = template.ReadSequence(tag); // a Name is a CHOICE, so its tag is explicit
                    subject = explicitName.ReadEncodedValue().ToArray();
                    explicitName.ThrowIfNotEmpty();
                    break;
                case 6:
                    (spki, wanted) = Key(template.ReadEncodedValue());
                    break;
                default:
                    template.ReadEncodedValue();
                    break;
            }
        }

        return (subject, spki, wanted);
    }

    // The tag [6] stands in the place of the SEQUENCE's own. An empty key asks for one that the key-management centre makes.
    private static (byte[]? Spki, byte[]? WantedAlgorithm) Key(ReadOnlyMemory<byte> tagged)
    {
        var spki = tagged.ToArray();
        spki[0] = 0x30;
        var body = new AsnReader(spki, AsnEncodingRules.BER).ReadSequence();
        var algorithm = body.ReadEncodedValue();
        return body.ReadBitString(out _).Length > 0 ? (spki, null) : (null, algorithm.ToArray());
    }

    private static (CertificateId? Old, byte[]? TransportSpki) Controls(AsnReader controls)
    {
        CertificateId? old = null;
        byte[]? transport = null;
        while (controls.HasData)
        {
            var control = controls.ReadSequence();
            switch (control.ReadObjectIdentifier())
            {
                case OldCertId:
                    old ??= OldCertificate(control.ReadSequence());
                    break;
                case ProtocolEncrKey:
                    transport ??= control.ReadEncodedValue().ToArray();
                    break;
            }
        }

        return (old, transport);
    }

    private static CertificateId OldCertificate(AsnReader id)
    {
        var tag = id.PeekTag();
        if (tag is not { TagClass: TagClass.ContextSpecific, TagValue: 4 })
        {
            throw new CmpInvalidException(CmpFailure.BadCertId, "oldCertID without a directory name");
        }

        var issuer = id.ReadSequence(tag).ReadEncodedValue().ToArray();
        return new(issuer, Certificate.ToSerialHex(id.ReadIntegerBytes().Span));
    }

    // poposkInput ([0]) is for templates that lack subject or key; such a proof is not taken.
    private static (string? Oid, byte[]? Signature) SigningPop(AsnReader pop)
    {
        if (pop.PeekTag().TagClass == TagClass.ContextSpecific)
        {
            return default;
        }

        var oid = pop.ReadSequence().ReadObjectIdentifier();
        return (oid, CmpMessage.WholeOctets(pop));
    }
}
