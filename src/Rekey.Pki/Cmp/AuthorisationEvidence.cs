using System.Formats.Asn1;

namespace Rekey.Pki.Cmp;

/// <summary>
/// A download authorisation with what proves it to the CA: the signatures of the two who gave it, and that somebody typed its code.
/// </summary>
/// <param name="Document">The document's octets.</param>
/// <param name="MakerSignature">The maker's detached signature under it; empty for one that the CA's own ceremony gave.</param>
/// <param name="CheckerSignature">The checker's; empty likewise.</param>
/// <param name="CodeProof">What only somebody who had the code could compute; the document has its hash. It lives as long as the download.</param>
public sealed record AuthorisationEvidence(byte[] Document, byte[] MakerSignature, byte[] CheckerSignature, byte[] CodeProof)
{
    private static readonly Asn1Tag Tag = new(TagClass.ContextSpecific, 0);

    internal void Write(AsnWriter writer)
    {
        using (writer.PushSequence(Tag))
        {
            writer.WriteOctetString(Document);
            writer.WriteOctetString(MakerSignature);
            writer.WriteOctetString(CheckerSignature);
            writer.WriteOctetString(CodeProof);
        }
    }

    internal static AuthorisationEvidence? ReadOptional(AsnReader statement)
    {
        if (!statement.HasData || !statement.PeekTag().HasSameClassAndValue(Tag))
        {
            return null;
        }

        var reader = statement.ReadSequence(Tag);
        var evidence = new AuthorisationEvidence(reader.ReadOctetString(), reader.ReadOctetString(), reader.ReadOctetString(), reader.ReadOctetString());
        reader.ThrowIfNotEmpty();
        return evidence;
    }
}
