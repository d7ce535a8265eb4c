using System.Formats.Asn1;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;

namespace Rekey.Pki.Certificates;

/// <summary>Which certificate an OCSP request is about (RFC 6960 section 4.1.1).</summary>
public sealed record OcspCertId
{
    private OcspCertId(ReadOnlyMemory<byte> encoded, string hashOid, byte[] nameHash, byte[] keyHash, string serialHex)
    {
        Encoded = encoded;
        HashOid = hashOid;
        IssuerNameHash = nameHash;
        IssuerKeyHash = keyHash;
        SerialHex = serialHex;
    }

    /// <summary>DER CertID, which the answer repeats.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>Hash of the two hashes.</summary>
    public string HashOid { get; }

    /// <summary>Hash of the issuer's name.</summary>
    public byte[] IssuerNameHash { get; }

    /// <summary>Hash of the issuer's key bits.</summary>
    public byte[] IssuerKeyHash { get; }

    /// <summary>As <see cref="Certificate.SerialHex"/>.</summary>
    public string SerialHex { get; }

    /// <summary>Makes one.</summary>
    /// <param name="issuer">The issuer's certificate.</param>
    /// <param name="serialHex">As <see cref="Certificate.SerialHex"/>.</param>
    /// <param name="hashOid"><see cref="Oids.Sha256"/>, or <see cref="Oids.Sha1"/> for old clients.</param>
    public static OcspCertId Of(Certificate issuer, string serialHex, string hashOid = Oids.Sha256)
    {
        var (nameHash, keyHash) = Hashes(issuer, hashOid) ?? throw new ArgumentException($"{hashOid} is not a hash of CertIDs", nameof(hashOid));
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(hashOid);
                writer.WriteNull();
            }

            writer.WriteOctetString(nameHash);
            writer.WriteOctetString(keyHash);
            writer.WriteIntegerUnsigned(Convert.FromHexString(serialHex));
        }

        return new(writer.Encode(), hashOid, nameHash, keyHash, serialHex);
    }

    /// <summary>The two hashes of an issuer; null when we do not know the hash.</summary>
    public static (byte[] NameHash, byte[] KeyHash)? Hashes(Certificate issuer, string hashOid)
    {
        HashAlgorithmName? hash = hashOid switch
        {
            Oids.Sha1 => HashAlgorithmName.SHA1,
            Oids.Sha256 => HashAlgorithmName.SHA256,
            Oids.Sha384 => HashAlgorithmName.SHA384,
            Oids.Sha512 => HashAlgorithmName.SHA512,
            Oids.Sm3 => Sm3.Name,
            _ => null,
        };
        if (hash is not { } name)
        {
            return null;
        }

        var spki = new AsnReader(issuer.Spki, AsnEncodingRules.DER).ReadSequence();
        spki.ReadEncodedValue();
        return (Hashing.Of(name, issuer.Subject.Encoded.Span), Hashing.Of(name, spki.ReadBitString(out _)));
    }

    /// <summary>Reads a DER CertID.</summary>
    /// <exception cref="MalformedException">Not one.</exception>
    public static OcspCertId FromDer(ReadOnlyMemory<byte> der)
    {
        try
        {
            return Read(new AsnReader(der, AsnEncodingRules.DER));
        }
        catch (AsnContentException e)
        {
            throw new MalformedException("not a CertID", e);
        }
    }

    internal static OcspCertId Read(AsnReader reader)
    {
        var encoded = reader.PeekEncodedValue();
        var body = reader.ReadSequence();
        var oid = body.ReadSequence().ReadObjectIdentifier();
        var id = new OcspCertId(encoded, oid, body.ReadOctetString(), body.ReadOctetString(), Certificate.ToSerialHex(body.ReadIntegerBytes().Span));
        body.ThrowIfNotEmpty();
        return id;
    }
}

/// <summary>An OCSP request (RFC 6960 section 4.1). A signature on it is not looked at: status is no secret.</summary>
/// <param name="Ids">Certificates asked about, at least one.</param>
/// <param name="Nonce">The nonce (RFC 9654), or null.</param>
public sealed record OcspRequest(IReadOnlyList<OcspCertId> Ids, byte[]? Nonce)
{
    private const int MostIds = 32;

    /// <summary>Reads a request.</summary>
    /// <exception cref="MalformedException">Not one, more certificates than 32, or a nonce that RFC 9654 section 2.1 does not allow.</exception>
    public static OcspRequest Read(ReadOnlyMemory<byte> der)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            var tbs = outer.ReadSequence().ReadSequence();
            outer.ThrowIfNotEmpty();
            while (tbs.PeekTag() is { TagClass: TagClass.ContextSpecific, TagValue: 0 or 1 })
            {
                tbs.ReadEncodedValue(); // version, requestorName
            }

            var ids = ReadIds(tbs.ReadSequence());
            byte[]? nonce = null;
            if (tbs.HasData)
            {
                var extensions = tbs.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 2, isConstructed: true));
                nonce = ReadNonce(TbsCertificate.ReadExtensions(extensions.ReadSequence()));
            }

            return new(ids, nonce);
        }
        catch (AsnContentException e)
        {
            throw new MalformedException("not an OCSP request", e);
        }
    }

    /// <summary>Writes a request.</summary>
    public byte[] Encode()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                foreach (var id in Ids)
                {
                    using (writer.PushSequence())
                    {
                        writer.WriteEncodedValue(id.Encoded.Span);
                    }
                }
            }

            if (Nonce is { } nonce)
            {
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2)))
                {
                    ExtensionWriter.Write(writer, [NonceExtension(nonce)]);
                }
            }
        }

        return writer.Encode();
    }

    internal static CertificateExtension NonceExtension(byte[] nonce) => ExtensionWriter.Make(Oids.OcspNonce, false, w => w.WriteOctetString(nonce));

    internal static byte[]? ReadNonce(IReadOnlyList<CertificateExtension> extensions)
    {
        if (extensions.FirstOrDefault(e => e.Oid == Oids.OcspNonce) is not { } extension)
        {
            return null;
        }

        var nonce = new AsnReader(extension.Value, AsnEncodingRules.DER).ReadOctetString();
        return nonce.Length is >= 1 and <= 128 ? nonce : throw new MalformedException("the nonce is empty or longer than 128 octets");
    }

    private static List<OcspCertId> ReadIds(AsnReader list)
    {
        var ids = new List<OcspCertId>();
        while (list.HasData)
        {
            ids.Add(OcspCertId.Read(list.ReadSequence()));
            if (ids.Count > MostIds)
            {
                throw new MalformedException($"the request asks about more than {MostIds} certificates");
            }
        }

        return ids.Count > 0 ? ids : throw new MalformedException("the request asks about no certificate");
    }
}
