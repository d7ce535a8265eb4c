using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Cms;
using Org.BouncyCastle.Asn1.Ess;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Cms;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Sm2Messages;
using Attribute = Org.BouncyCastle.Asn1.Cms.Attribute;

namespace Rekey.Pki.Documents;

/// <summary>A signature is none, is another document's, or its signer is not trusted.</summary>
public sealed class DocumentSignatureException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// One person's signature under a document that is kept beside it: signedData of RFC 5652 for RSA and ECDSA (with signingCertificateV2, RFC 5035, so that
/// it is bound to this certificate), of GM/T 0010 for SM2. In both the key signs once, over the signed attributes.
/// </summary>
public static class DocumentSignature
{
    /// <summary>Most octets of a signature that is read: one signer and its chain.</summary>
    public const int MaxLength = 32 * 1024;

    private static readonly DerObjectIdentifier Data = CmsObjectIdentifiers.Data;

    /// <summary>Signs.</summary>
    /// <param name="document">The document's octets.</param>
    /// <param name="certificate">The signer's certificate.</param>
    /// <param name="key">Its key, on a token or elsewhere.</param>
    /// <param name="time">The present, which the signature claims.</param>
    /// <returns>DER ContentInfo without the document.</returns>
    /// <exception cref="UnsupportedKeyException">The key is not the certificate's.</exception>
    public static byte[] Create(ReadOnlySpan<byte> document, Certificate certificate, ISigningKey key, DateTimeOffset time)
    {
        if (!key.PublicKey.Spki.Span.SequenceEqual(certificate.Spki.Span))
        {
            throw new UnsupportedKeyException("a document is signed with the key of the signer's certificate");
        }

        if (key.PublicKey.Sm2 is not null)
        {
            return Sm2SignedData.Create(document, detached: true, certificate, key, time);
        }

        var own = new X509Certificate(certificate.Encoded.ToArray());
        var attributes = new Org.BouncyCastle.Asn1.Cms.AttributeTable(new Asn1EncodableVector(
            new Attribute(CmsAttributes.SigningTime, new DerSet(new Org.BouncyCastle.Asn1.Cms.Time(time.UtcDateTime))),
            new Attribute(Org.BouncyCastle.Asn1.Pkcs.PkcsObjectIdentifiers.IdAASigningCertificateV2, new DerSet(new SigningCertificateV2(new EssCertIDv2(certificate.Sha256))))));
        var generator = new CmsSignedDataGenerator();
        generator.AddSignerInfoGenerator(new SignerInfoGeneratorBuilder()
            .WithSignedAttributeGenerator(new DefaultSignedAttributeTableGenerator(attributes)).Build(new TokenSignature(key), own));
        generator.AddCertificate(own);
        return generator.Generate(new CmsProcessableByteArray(document.ToArray()), encapsulate: false).ContentInfo.GetEncoded(Asn1Encodable.Der);
    }

    /// <summary>
    /// Demands that exactly one person signed the document, with a certificate for signatures. Whether that certificate counts (its CA, its
    /// time, its revocation) is another question, which is still to be asked.
    /// </summary>
    /// <param name="signature">ContentInfo.</param>
    /// <param name="document">The document's octets.</param>
    /// <returns>Who signed, and when by their own word.</returns>
    /// <exception cref="DocumentSignatureException">Refused.</exception>
    public static MessageSigner Verify(ReadOnlyMemory<byte> signature, ReadOnlySpan<byte> document)
    {
        if (signature.IsEmpty || signature.Length > MaxLength)
        {
            throw new DocumentSignatureException("the signature is empty or too long");
        }

        MessageSigner signer;
        try
        {
            var info = Org.BouncyCastle.Asn1.Cms.ContentInfo.GetInstance(Asn1Object.FromByteArray(signature.ToArray()));
            signer = info.ContentType.Equals(CmsObjectIdentifiers.SignedData) ? VerifyCms(info, document) : VerifySm2(signature, document);
        }
        catch (Exception e) when (e is CmsException or Sm2MessageException or MalformedException or UnsupportedKeyException or ArgumentException
            or InvalidCastException or FormatException or IOException or InvalidOperationException or CryptoException or GeneralSecurityException or SecurityUtilityException)
        {
            throw new DocumentSignatureException("the signature cannot be read, or is not this document's", e);
        }

        return signer.Certificate.KeyUsage?.HasFlag(KeyUsages.DigitalSignature) == false
            ? throw new DocumentSignatureException("the certificate is not for signatures") : signer;
    }

    private static MessageSigner VerifySm2(ReadOnlyMemory<byte> signature, ReadOnlySpan<byte> document) =>
        Sm2SignedData.Read(signature).SignersOf(document) is [var only] ? only : throw new DocumentSignatureException("one person signs, not several");

    private static MessageSigner VerifyCms(Org.BouncyCastle.Asn1.Cms.ContentInfo info, ReadOnlySpan<byte> document)
    {
        var data = new CmsSignedData(new CmsProcessableByteArray(document.ToArray()), info);
        if (data.GetSignerInfos().GetSigners() is not [var signer])
        {
            throw new DocumentSignatureException("one person signs, not several");
        }

        // Without signed attributes the document itself is signed, and could be the attributes of another message.
        if (signer.SignedAttributes is not { } attributes || !signer.ContentType.Equals(Data))
        {
            throw new DocumentSignatureException("the signature has no signed attributes");
        }

        var own = data.GetCertificates().EnumerateMatches(signer.SignerID).FirstOrDefault()
            ?? throw new DocumentSignatureException("the signer's certificate is not in the signature");
        var certificate = Certificate.FromDer(own.GetEncoded());
        return signer.Verify(own) && IsBoundTo(certificate, attributes)
            ? new(certificate, ClaimedTime(attributes)) : throw new DocumentSignatureException("the signature is not this document's");
    }

    private static bool IsBoundTo(Certificate certificate, Org.BouncyCastle.Asn1.Cms.AttributeTable attributes)
    {
        var named = attributes[Org.BouncyCastle.Asn1.Pkcs.PkcsObjectIdentifiers.IdAASigningCertificateV2]?.AttrValues;
        if (named is null)
        {
            return true; // other programs leave it out; the attributes still name issuer and serial number outside of the signature
        }

        var first = SigningCertificateV2.GetInstance(named[0]).GetCerts()[0];
        return first.HashAlgorithm.Algorithm.Id != Oids.Sha256 || first.GetCertHash().AsSpan().SequenceEqual(certificate.Sha256);
    }

    private static DateTimeOffset? ClaimedTime(Org.BouncyCastle.Asn1.Cms.AttributeTable attributes) =>
        attributes[CmsAttributes.SigningTime] is { } time ? new DateTimeOffset(Org.BouncyCastle.Asn1.Cms.Time.GetInstance(time.AttrValues[0]).ToDateTime(), TimeSpan.Zero) : null;

    // The key may live on a token, which signs but shows nothing: what is to be signed is collected and signed at the end.
    private sealed class TokenSignature(ISigningKey key) : ISignatureFactory
    {
        public object AlgorithmDetails => key.PublicKey.Suite.Family == KeyFamily.Rsa
            ? new AlgorithmIdentifier(new DerObjectIdentifier(key.PublicKey.Suite.SignatureOid), DerNull.Instance)
            : new AlgorithmIdentifier(new DerObjectIdentifier(key.PublicKey.Suite.SignatureOid));

        public IStreamCalculator<IBlockResult> CreateCalculator() => new Calculator(key, new MemoryStream());

        private sealed class Calculator(ISigningKey key, MemoryStream collected) : IStreamCalculator<IBlockResult>
        {
            public Stream Stream => collected;

            public IBlockResult GetResult() => new SimpleBlockResult(key.Sign(collected.ToArray()));
        }
    }
}
