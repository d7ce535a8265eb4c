using System.Formats.Asn1;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Pki.Sm2Messages;

/// <summary>Who signed a message, verified.</summary>
/// <param name="Certificate">The signer's certificate. Whether it is revoked is still to be asked.</param>
/// <param name="ClaimedTime">When it was signed by the signer's own word, UTC; null when it says nothing.</param>
public sealed record MessageSigner(Certificate Certificate, DateTimeOffset? ClaimedTime);

/// <summary>Content signed with SM2 and SM3: signedData of GM/T 0010-2012 clause 8 (GB/T 35275-2017).</summary>
public sealed class Sm2SignedData
{
    private readonly IReadOnlyList<SignerInfo> signers;

    private Sm2SignedData(byte[]? content, IReadOnlyList<Certificate> certificates, IReadOnlyList<SignerInfo> signers)
    {
        Content = content;
        Certificates = certificates;
        this.signers = signers;
    }

    /// <summary>What is signed; null when it is kept outside of the message. Nothing is known of it before it was verified.</summary>
    public byte[]? Content { get; }

    /// <summary>The certificates that came along.</summary>
    public IReadOnlyList<Certificate> Certificates { get; }

    /// <summary>Signs.</summary>
    /// <param name="content">What is signed.</param>
    /// <param name="detached">Whether the content stays outside of the message.</param>
    /// <param name="certificate">The signer's certificate.</param>
    /// <param name="key">Its key, on a token or elsewhere. It signs once: the signed attributes (content type, digest, time).</param>
    /// <param name="time">The present, which the signature claims.</param>
    /// <param name="chain">CA certificates that go along.</param>
    /// <returns>DER ContentInfo.</returns>
    /// <exception cref="UnsupportedKeyException">The key is not SM2, or not the certificate's.</exception>
    public static byte[] Create(
        ReadOnlySpan<byte> content, bool detached, Certificate certificate, ISigningKey key, DateTimeOffset time, IEnumerable<Certificate>? chain = null)
    {
        if (key.PublicKey.Sm2 is null || !key.PublicKey.Spki.Span.SequenceEqual(certificate.Spki.Span))
        {
            throw new UnsupportedKeyException("the message is signed with the SM2 key of the signer's certificate");
        }

        var attributes = new SignedAttributes(Sm3.HashData(content), time).Encode();
        var signature = key.Sign(attributes);
        var octets = detached ? null : content.ToArray();
        return MessageSyntax.Write(MessageSyntax.SignedData, writer =>
        {
            writer.WriteInteger(MessageSyntax.Version);
            using (writer.PushSetOf())
            {
                MessageSyntax.WriteAlgorithm(writer, Oids.Sm3);
            }

            WriteContent(writer, octets);
            using (writer.PushSetOf(MessageSyntax.Tag0))
            {
                foreach (var one in (chain ?? []).Prepend(certificate))
                {
                    writer.WriteEncodedValue(one.Encoded.Span);
                }
            }

            using (writer.PushSetOf())
            {
                SignerInfo.Write(writer, certificate, attributes, signature);
            }
        });
    }

    /// <summary>Reads a message. This proves nothing about it: verifying does.</summary>
    /// <param name="message">ContentInfo, DER or BER.</param>
    /// <exception cref="Sm2MessageException">Not such a message, of another content type, or with other algorithms.</exception>
    public static Sm2SignedData Read(ReadOnlyMemory<byte> message) => MessageSyntax.Read(message, MessageSyntax.SignedData, reader =>
    {
        // 3 is what programs write that take the version from RFC 5652, for which the content type is a strange one.
        MessageSyntax.DemandVersion(reader, least: 1, most: 3);
        reader.ReadSetOf(); // each signer names its own
        var content = ReadContent(reader.ReadSequence());
        var certificates = new List<Certificate>();
        if (reader.PeekTag() == MessageSyntax.Tag0)
        {
            for (var set = reader.ReadSetOf(MessageSyntax.Tag0); set.HasData;)
            {
                certificates.Add(Certificate.FromDer(set.ReadEncodedValue()));
            }
        }

        if (reader.PeekTag() == MessageSyntax.Tag1)
        {
            reader.ReadEncodedValue(); // revocation is asked for at its source
        }

        var signers = new List<SignerInfo>();
        for (var set = reader.ReadSetOf(); set.HasData;)
        {
            signers.Add(SignerInfo.Read(set.ReadSequence()));
        }

        return new Sm2SignedData(content, certificates, signers);
    });

    /// <summary>Demands that everybody who signed is trusted, and signed the content that is in the message. Revocation is for the caller to ask.</summary>
    /// <param name="trust">The CAs.</param>
    /// <param name="at">When the signers' certificates must be valid. The time that a signature claims is nobody's word but the signer's.</param>
    /// <returns>Who signed: at least one.</returns>
    /// <exception cref="Sm2MessageException">The message is refused.</exception>
    public IReadOnlyList<MessageSigner> Verify(ChainValidator trust, DateTimeOffset at) =>
        Content is { } content ? Verify(trust, at, content) : throw new Sm2MessageException(Sm2MessageFault.ContentMissing, "the content is not in the message");

    /// <summary>The same for content that is kept outside of the message; what is in a message must be equal to it.</summary>
    /// <param name="trust">The CAs.</param>
    /// <param name="at">When the signers' certificates must be valid.</param>
    /// <param name="content">The content.</param>
    /// <returns>Who signed: at least one.</returns>
    /// <exception cref="Sm2MessageException">The message is refused.</exception>
    public IReadOnlyList<MessageSigner> Verify(ChainValidator trust, DateTimeOffset at, ReadOnlySpan<byte> content)
    {
        var verified = SignersOf(content);
        var policy = new ChainPolicy(at) { RequiredUsage = KeyUsages.DigitalSignature };
        foreach (var signer in verified)
        {
            if (trust.Validate(signer.Certificate, policy, Certificates).Fault is { } fault)
            {
                throw new Sm2MessageException(Sm2MessageFault.SignerNotTrusted, $"{signer.Certificate.Subject} is not trusted: {fault}") { Chain = fault };
            }
        }

        return verified;
    }

    /// <summary>Whose keys signed this content. Whether their certificates count is another question, which is still to be asked.</summary>
    /// <param name="content">The content; what is in a message must be equal to it.</param>
    /// <returns>At least one.</returns>
    /// <exception cref="Sm2MessageException">A signature is wrong, or there is none.</exception>
    internal IReadOnlyList<MessageSigner> SignersOf(ReadOnlySpan<byte> content)
    {
        if (Content is not null && !content.SequenceEqual(Content))
        {
            throw new Sm2MessageException(Sm2MessageFault.ContentChanged, "the message has other content in it than was given");
        }

        var signed = new List<MessageSigner>();
        foreach (var signer in signers)
        {
            var certificate = Certificates.FirstOrDefault(signer.Name.Names)
                ?? throw new Sm2MessageException(Sm2MessageFault.SignerCertificateMissing, "the signer's certificate is not in the message");
            signer.Verify(certificate, content);
            signed.Add(new(certificate, signer.Attributes?.Time));
        }

        return signed.Count > 0 ? signed : throw new Sm2MessageException(Sm2MessageFault.NotSigned, "nobody signed the message");
    }

    private static void WriteContent(AsnWriter writer, byte[]? content)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(MessageSyntax.Data);
            if (content is not null)
            {
                using (writer.PushSequence(MessageSyntax.Tag0))
                {
                    writer.WriteOctetString(content);
                }
            }
        }
    }

    private static byte[]? ReadContent(AsnReader info)
    {
        MessageSyntax.DemandData(info.ReadObjectIdentifier());
        if (!info.HasData)
        {
            return null;
        }

        var explicitly = info.ReadSequence(MessageSyntax.Tag0);
        info.ThrowIfNotEmpty();
        var content = explicitly.ReadOctetString();
        explicitly.ThrowIfNotEmpty();
        return content;
    }
}
