using System.Formats.Asn1;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;

namespace Rekey.Pki.Envelopes;

/// <summary>
/// The answer to a request for certificates as national token tools take it: CSRResponse of GM/T 0092-2020 clause 8. The pair's encryption key is
/// enveloped for its signing key.
/// </summary>
/// <param name="Signing">The signing certificate; CA certificates may stand beside it.</param>
/// <param name="EncryptedKey">The encryption key; null when there is none, or the token has it.</param>
/// <param name="Encryption">The encryption certificate; CA certificates may stand beside it. Empty when there is none.</param>
public sealed record CsrResponse(IReadOnlyList<Certificate> Signing, Sm2EnvelopedKey? EncryptedKey, IReadOnlyList<Certificate> Encryption)
{
    private static readonly Asn1Tag Tag0 = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Tag1 = new(TagClass.ContextSpecific, 1, isConstructed: true);
    private static readonly AsnReaderOptions Unsorted = new() { SkipSetSortOrderVerification = true };

    /// <summary>
    /// The same as a CMP answer brings (ip, cp, kup): the certificates alone. A set has no order, and there are tools that take what stands first in it
    /// for the holder's.
    /// </summary>
    /// <param name="signing">The signing certificate.</param>
    /// <param name="encryption">The encryption certificate with its key; or null.</param>
    /// <exception cref="EnvelopedKeyException">The key has another form than SM2EnvelopedKey, or is not the certificate's.</exception>
    /// <exception cref="MalformedException">A certificate cannot be read.</exception>
    public static CsrResponse Of(IssuedCertificate signing, IssuedCertificate? encryption = null)
    {
        if (encryption?.Key is { Form: not KeyEnvelopeForm.Sm2EnvelopedKey })
        {
            throw new EnvelopedKeyException("the key is enveloped for a PKCS#11 token");
        }

        var key = encryption?.Key is { } envelope ? Sm2EnvelopedKey.FromDer(envelope.Der) : null;
        return new CsrResponse([Certificate.FromDer(signing.Der)], key, encryption is null ? [] : [Certificate.FromDer(encryption.Der)]).Checked();
    }

    /// <summary>Reads the DER form. Whether the certificates are to be trusted is for the caller to ask.</summary>
    /// <exception cref="EnvelopedKeyException">Not such a structure, or a key without its certificate.</exception>
    public static CsrResponse FromDer(ReadOnlyMemory<byte> der)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER, Unsorted);
            var response = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var signing = ReadCertificates(response.ReadSetOf());
            var key = response.HasData && response.PeekTag() == Tag0 ? ReadKey(response.ReadEncodedValue()) : null;
            IReadOnlyList<Certificate> encryption = response.HasData ? ReadCertificates(response.ReadSetOf(Tag1)) : [];
            response.ThrowIfNotEmpty();
            return new CsrResponse(signing, key, encryption).Checked();
        }
        catch (Exception e) when (e is AsnContentException or MalformedException)
        {
            throw new EnvelopedKeyException("the response cannot be read", e);
        }
    }

    /// <summary>The DER form.</summary>
    public byte[] ToDer()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            Write(writer, Signing, null);
            if (EncryptedKey is { } key)
            {
                writer.WriteEncodedValue(Retagged(key.ToDer(), 0xA0));
            }

            if (Encryption.Count > 0)
            {
                Write(writer, Encryption, Tag1);
            }
        }

        return writer.Encode();
    }

    private static void Write(AsnWriter writer, IEnumerable<Certificate> certificates, Asn1Tag? tag)
    {
        using (writer.PushSetOf(tag))
        {
            foreach (var certificate in certificates)
            {
                writer.WriteEncodedValue(certificate.Encoded.Span);
            }
        }
    }

    private static List<Certificate> ReadCertificates(AsnReader set)
    {
        var certificates = new List<Certificate>();
        while (set.HasData)
        {
            certificates.Add(Certificate.FromDer(set.ReadEncodedValue()));
        }

        return certificates;
    }

    // The standard's module tags implicitly; there are programs that tag explicitly. Four parts, or one around them, tell which it is.
    private static Sm2EnvelopedKey ReadKey(ReadOnlyMemory<byte> tagged)
    {
        var content = new AsnReader(tagged, AsnEncodingRules.DER).ReadSequence(Tag0);
        var first = content.ReadEncodedValue();
        return Sm2EnvelopedKey.FromDer(content.HasData ? Retagged(tagged.ToArray(), 0x30) : first);
    }

    private static byte[] Retagged(byte[] der, byte tag)
    {
        der[0] = tag;
        return der;
    }

    private CsrResponse Checked()
    {
        if (Signing.Count == 0)
        {
            throw new EnvelopedKeyException("the response has no signing certificate");
        }

        return EncryptedKey is { } key && !Encryption.Any(c => c.Spki.Span.SequenceEqual(key.PublicKey.ToSpki()))
            ? throw new EnvelopedKeyException("the enveloped key has no certificate in the response")
            : this;
    }
}
