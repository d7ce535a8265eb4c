using System.Formats.Asn1;
using Rekey.Pki.Certificates;

namespace Rekey.Pki.Cmp;

/// <summary>Reads one CertReqMsg (RFC 4211 section 3), as deep as we look into it.</summary>
internal static class CrmfReader
{
    private const string OldCertId = "1.3.6.1.5.5.7.5.1.5";

    /// <summary>Reads one.</summary>
    /// <exception cref="AsnContentException">Not one.</exception>
    /// <exception cref="CmpInvalidException">An oldCertID without a directory name.</exception>
    public static RequestedCertificate Read(ReadOnlyMemory<byte> certReqMsg)
    {
        var message = new AsnReader(certReqMsg, AsnEncodingRules.BER).ReadSequence();
        var certRequest = message.PeekEncodedValue();
        var request = message.ReadSequence();
        var id = request.TryReadInt32(out var number) ? number : throw new AsnContentException("certReqId is out of range");
        var (subject, spki) = Template(request.ReadSequence());
        var old = request.HasData ? OldCertificate(request.ReadSequence()) : null;
        request.ThrowIfNotEmpty();
        var signature = new Asn1Tag(TagClass.ContextSpecific, 1, isConstructed: true);
        var (popOid, popSignature) = message.HasData && message.PeekTag() == signature ? SigningPop(message.ReadSequence(signature)) : default;
        return new(id, subject, spki, old)
        {
            // RFC 4211 section 4.1: over CertRequest when the template has subject and key, which we demand anyway.
            PopInput = popOid is null ? null : certRequest.ToArray(),
            PopOid = popOid,
            PopSignature = popSignature,
        };
    }

    private static (byte[]? Subject, byte[]? Spki) Template(AsnReader template)
    {
        byte[]? subject = null;
        byte[]? spki = null;
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
                    spki = Spki(template.ReadEncodedValue());
                    break;
                default:
                    template.ReadEncodedValue();
                    break;
            }
        }

        return (subject, spki);
    }

    // The tag [6] stands in the place of the SEQUENCE's own. An empty key asks for one that the server makes.
    private static byte[]? Spki(ReadOnlyMemory<byte> tagged)
    {
        var spki = tagged.ToArray();
        spki[0] = 0x30;
        var body = new AsnReader(spki, AsnEncodingRules.BER).ReadSequence();
        body.ReadEncodedValue();
        return body.ReadBitString(out _).Length > 0 ? spki : null;
    }

    private static CertificateId? OldCertificate(AsnReader controls)
    {
        CertificateId? found = null;
        while (controls.HasData)
        {
            var control = controls.ReadSequence();
            if (control.ReadObjectIdentifier() != OldCertId || found is not null)
            {
                continue;
            }

            var id = control.ReadSequence();
            var tag = id.PeekTag();
            if (tag is not { TagClass: TagClass.ContextSpecific, TagValue: 4 })
            {
                throw new CmpInvalidException(CmpFailure.BadCertId, "oldCertID without a directory name");
            }

            var issuer = id.ReadSequence(tag).ReadEncodedValue().ToArray();
            found = new(issuer, Certificate.ToSerialHex(id.ReadIntegerBytes().Span));
        }

        return found;
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
