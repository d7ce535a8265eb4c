using System.Formats.Asn1;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Envelopes;

namespace Rekey.Pki.Sm2Messages;

/// <summary>
/// Content that only the holders of some certificates can read: envelopedData of GM/T 0010-2012 clause 9 (GB/T 35275-2017). An envelope does not
/// say who made it, and what was changed in it may open as something else: sign first (<see cref="Sm2SignedData"/>), and envelope the signed
/// message.
/// </summary>
public sealed class Sm2EnvelopedData
{
    /// <summary>SM4 in CBC mode; the IV is its parameter.</summary>
    private const string Sm4CbcOid = "1.2.156.10197.1.104.2";

    /// <summary>SM4 without a mode (GM/T 0006-2012): with an IV, others write it and mean CBC.</summary>
    private const string Sm4Oid = "1.2.156.10197.1.104";

    private static readonly Asn1Tag Octets0 = new(TagClass.ContextSpecific, 0);

    private readonly IReadOnlyList<(CertificateName Name, Sm2Ciphertext Key)> recipients;
    private readonly byte[] iv;
    private readonly byte[] encrypted;

    private Sm2EnvelopedData(IReadOnlyList<(CertificateName Name, Sm2Ciphertext Key)> recipients, byte[] iv, byte[] encrypted)
    {
        this.recipients = recipients;
        this.iv = iv;
        this.encrypted = encrypted;
    }

    /// <summary>Envelopes content.</summary>
    /// <param name="content">In clear; the caller clears it.</param>
    /// <param name="recipients">Encryption certificates, at least one. Whether they are still good is for the caller to ask before.</param>
    /// <returns>DER ContentInfo.</returns>
    /// <exception cref="Sm2MessageException"><see cref="Sm2MessageFault.NotForEncryption"/>.</exception>
    public static byte[] Create(ReadOnlySpan<byte> content, IReadOnlyCollection<Certificate> recipients)
    {
        ArgumentOutOfRangeException.ThrowIfZero(recipients.Count, nameof(recipients));
        var key = RandomNumberGenerator.GetBytes(Sm4.KeySize);
        var iv = RandomNumberGenerator.GetBytes(Sm4.BlockSize);
        try
        {
            var keys = recipients.Select(r => (Certificate: r, Key: EncryptionKey(r).Encrypt(key).ToDer())).ToList();
            var encrypted = Sm4.Encrypt(Sm4Mode.Cbc, key, iv, content, padding: true);
            return MessageSyntax.Write(MessageSyntax.EnvelopedData, writer =>
            {
                writer.WriteInteger(MessageSyntax.Version);
                using (writer.PushSetOf())
                {
                    keys.ForEach(k => WriteRecipient(writer, k.Certificate, k.Key));
                }

                WriteContent(writer, iv, encrypted);
            });
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Reads a message.</summary>
    /// <param name="message">ContentInfo, DER or BER.</param>
    /// <exception cref="Sm2MessageException">Not such a message, of another content type, or with other algorithms.</exception>
    public static Sm2EnvelopedData Read(ReadOnlyMemory<byte> message) => MessageSyntax.Read(message, MessageSyntax.EnvelopedData, reader =>
    {
        // 0 and 2 are what programs write that take the version from RFC 5652.
        MessageSyntax.DemandVersion(reader, least: 0, most: 2);
        var recipients = new List<(CertificateName, Sm2Ciphertext)>();
        for (var set = reader.ReadSetOf(); set.HasData;)
        {
            recipients.Add(ReadRecipient(set.ReadSequence()));
        }

        var content = reader.ReadSequence();
        MessageSyntax.DemandData(content.ReadObjectIdentifier());
        var iv = ReadCipher(content.ReadSequence());
        return new Sm2EnvelopedData(recipients, iv, content.ReadOctetString(Octets0)); // what may follow is about key agreement
    });

    /// <summary>Whether the message says that the holder of this certificate can open it.</summary>
    public bool IsFor(Certificate certificate) => recipients.Any(r => r.Name.Names(certificate));

    /// <summary>Opens the message with a key in this process.</summary>
    /// <param name="certificate">The recipient's encryption certificate.</param>
    /// <param name="key">Its key.</param>
    /// <returns>The content; the caller clears it. Whether it is what was put in, only a signature inside can show.</returns>
    /// <exception cref="Sm2MessageException">It is not for this certificate, or does not open.</exception>
    public byte[] Open(Certificate certificate, Sm2PrivateKey key) => Open(certificate, session => session.Open(key));

    /// <summary>
    /// Opens the message with a key that is elsewhere. Key and content go there together, because an SKF token takes the key in as a session key
    /// and never gives it out.
    /// </summary>
    /// <param name="certificate">The recipient's encryption certificate.</param>
    /// <param name="open">What holds the key, for example a token with <see cref="Sm2Session.Secret"/>; its exceptions other than <see cref="CryptographicException"/> pass.</param>
    /// <returns>The content; the caller clears it. Whether it is what was put in, only a signature inside can show.</returns>
    /// <exception cref="Sm2MessageException">It is not for this certificate, or does not open.</exception>
    public byte[] Open(Certificate certificate, Func<Sm2Session, byte[]> open)
    {
        var recipient = recipients.FirstOrDefault(r => r.Name.Names(certificate)).Key
            ?? throw new Sm2MessageException(Sm2MessageFault.NotARecipient, $"the message is not for {certificate.Subject}");
        try
        {
            return open(new(recipient, iv, encrypted));
        }
        catch (CryptographicException e)
        {
            throw new Sm2MessageException(Sm2MessageFault.CannotBeOpened, "the message was altered, or is for another key", e);
        }
    }

    private static Sm2PublicKey EncryptionKey(Certificate certificate)
    {
        try
        {
            if (certificate.PublicKey.Sm2 is { } key && certificate.KeyUsage?.HasFlag(KeyUsages.KeyEncipherment) != false)
            {
                return key;
            }
        }
        catch (UnsupportedKeyException)
        {
            // Said below, as for a key of another kind.
        }

        throw new Sm2MessageException(Sm2MessageFault.NotForEncryption, $"the certificate of {certificate.Subject} is not for encryption with SM2");
    }

    private static void WriteRecipient(AsnWriter writer, Certificate certificate, byte[] key)
    {
        using (writer.PushSequence())
        {
            writer.WriteInteger(MessageSyntax.Version);
            MessageSyntax.WriteName(writer, certificate);
            MessageSyntax.WriteAlgorithm(writer, MessageSyntax.Sm2Encrypt);
            writer.WriteOctetString(key);
        }
    }

    private static (CertificateName Name, Sm2Ciphertext Key) ReadRecipient(AsnReader recipient)
    {
        MessageSyntax.DemandVersion(recipient, least: 0, most: 2);
        var name = CertificateName.Read(recipient);
        MessageSyntax.DemandAlgorithm(MessageSyntax.ReadAlgorithm(recipient), MessageSyntax.Sm2Encrypt);
        var key = recipient.ReadOctetString();
        recipient.ThrowIfNotEmpty();
        try
        {
            return (name, Sm2Ciphertext.FromDer(key));
        }
        catch (CryptographicException e)
        {
            throw new AsnContentException("an enveloped key cannot be read", e);
        }
    }

    private static void WriteContent(AsnWriter writer, byte[] iv, byte[] encrypted)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(MessageSyntax.Data);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Sm4CbcOid);
                writer.WriteOctetString(iv);
            }

            writer.WriteOctetString(encrypted, Octets0);
        }
    }

    private static byte[] ReadCipher(AsnReader algorithm)
    {
        MessageSyntax.DemandAlgorithm(algorithm.ReadObjectIdentifier(), Sm4CbcOid, Sm4Oid);
        if (!algorithm.HasData || algorithm.PeekTag() != Asn1Tag.PrimitiveOctetString)
        {
            throw new Sm2MessageException(Sm2MessageFault.UnsupportedAlgorithm, "the content is encrypted with SM4 without an IV, which hides too little");
        }

        var iv = algorithm.ReadOctetString();
        algorithm.ThrowIfNotEmpty();
        return iv.Length == Sm4.BlockSize ? iv : throw new AsnContentException("an IV of a wrong length");
    }
}
