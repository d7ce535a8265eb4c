using System.Formats.Asn1;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Security;

namespace Rekey.Pki.Algorithms;

/// <summary>
/// An SM2 private key in this process's memory. Its scalar is cleared by <see cref="Dispose"/>; numbers that the library makes of it
/// during an operation are left to the garbage collector.
/// </summary>
public sealed class Sm2PrivateKey : IDisposable
{
    private static readonly Asn1Tag ParametersTag = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag PublicKeyTag = new(TagClass.ContextSpecific, 1);

    private readonly byte[] scalar = GC.AllocateArray<byte>(Sm2Curve.FieldSize, pinned: true);

    private Sm2PrivateKey(ReadOnlySpan<byte> scalar)
    {
        scalar.CopyTo(this.scalar);
        var point = Sm2Curve.Domain.G.Multiply(Sm2Curve.Number(scalar)).Normalize();
        PublicKey = Sm2PublicKey.FromOctets(point.GetEncoded(false));
    }

    /// <summary>The public half.</summary>
    public Sm2PublicKey PublicKey { get; }

    internal ECPrivateKeyParameters Parameters
    {
        get
        {
            ObjectDisposedException.ThrowIf(scalar.AsSpan().IndexOfAnyExcept((byte)0) < 0, this);
            return new(Sm2Curve.Number(scalar), Sm2Curve.Domain);
        }
    }

    /// <summary>Generates a key with the platform's random generator.</summary>
    public static Sm2PrivateKey Generate()
    {
        Span<byte> scalar = stackalloc byte[Sm2Curve.FieldSize];
        do
        {
            RandomNumberGenerator.Fill(scalar);
        }
        while (!IsScalar(scalar));

        try
        {
            return new(scalar);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(scalar);
        }
    }

    /// <summary>Takes the scalar d.</summary>
    /// <param name="scalar">32 octets, big-endian, from 1 to n-2 (GB/T 32918.1-2016 clause 6.1). The caller clears it.</param>
    /// <exception cref="UnsupportedKeyException">Another length, or out of range.</exception>
    public static Sm2PrivateKey FromScalar(ReadOnlySpan<byte> scalar) => scalar.Length == Sm2Curve.FieldSize && IsScalar(scalar)
        ? new(scalar)
        : throw new UnsupportedKeyException("an SM2 private key is a number from 1 to n-2 in 32 octets");

    /// <summary>
    /// Reads a DER PKCS#8 PrivateKeyInfo (RFC 5958) with an ECPrivateKey (RFC 5915), as OpenSSL writes it. The caller clears
    /// <paramref name="pkcs8"/>.
    /// </summary>
    /// <exception cref="UnsupportedKeyException">Not DER, not SM2, or with a public key that is not this private key's.</exception>
    public static Sm2PrivateKey FromPkcs8(ReadOnlyMemory<byte> pkcs8)
    {
        try
        {
            var info = new AsnReader(pkcs8, AsnEncodingRules.DER).ReadSequence();
            if (!info.TryReadInt32(out var version) || version is < 0 or > 1)
            {
                throw new UnsupportedKeyException("a PrivateKeyInfo of a version that is not known");
            }

            Sm2Curve.ReadAlgorithm(info);
            if (!info.TryReadPrimitiveOctetString(out var encoded))
            {
                throw new UnsupportedKeyException("the private key cannot be read");
            }

            return FromEcPrivateKey(new AsnReader(encoded, AsnEncodingRules.DER).ReadSequence());
        }
        catch (AsnContentException e)
        {
            throw new UnsupportedKeyException("the private key cannot be read", e);
        }
    }

    /// <summary>The key as DER PKCS#8 in clear, the form that OpenSSL writes. The caller clears it after use.</summary>
    public byte[] ExportPkcs8()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(0);
            Sm2Curve.WriteAlgorithm(writer);
            using (writer.PushOctetString())
            using (writer.PushSequence())
            {
                writer.WriteInteger(1);
                writer.WriteOctetString(scalar);
                using (writer.PushSequence(PublicKeyTag))
                {
                    writer.WriteBitString(PublicKey.Octets.Span);
                }
            }
        }

        return writer.Encode();
    }

    /// <summary>Writes the scalar d.</summary>
    /// <param name="destination">At least 32 octets; d is written big-endian. The caller clears it after use.</param>
    public void CopyScalar(Span<byte> destination) => scalar.CopyTo(destination);

    /// <summary>Signs e (GB/T 32918.2-2016 clause 6.1).</summary>
    /// <param name="e">As <see cref="Sm2PublicKey.Digest(ReadOnlySpan{byte})"/> returns it, 32 octets.</param>
    /// <returns>r || s, 64 octets.</returns>
    public byte[] SignDigest(ReadOnlySpan<byte> e) => SignDigest(e, Sm2Curve.Random);

    /// <summary>Decrypts what <see cref="Sm2PublicKey.Encrypt(ReadOnlySpan{byte})"/> made. The caller clears the result.</summary>
    /// <exception cref="CryptographicException">Not encrypted for this key, or altered since.</exception>
    public byte[] Decrypt(Sm2Ciphertext ciphertext)
    {
        var engine = new SM2Engine(new SM3Digest(), SM2Engine.Mode.C1C3C2);
        engine.Init(false, Parameters);
        var input = ciphertext.ToOctets();
        try
        {
            return engine.ProcessBlock(input, 0, input.Length);
        }
        catch (Exception e) when (e is CryptoException or ArgumentException)
        {
            throw new CryptographicException("the SM2 ciphertext is not for this key, or was altered", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(scalar);

    internal byte[] SignDigest(ReadOnlySpan<byte> e, SecureRandom random)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(e.Length, Sm3.HashSize, nameof(e));
        var signer = new SM2Signer(PlainDsaEncoding.Instance, new Sm2GivenDigest(e));
        signer.Init(true, new ParametersWithRandom(Parameters, random));
        return signer.GenerateSignature();
    }

    private static bool IsScalar(ReadOnlySpan<byte> scalar)
    {
        var number = Sm2Curve.Number(scalar);
        return number.SignValue > 0 && number.CompareTo(Sm2Curve.Domain.N.Subtract(BigInteger.One)) < 0;
    }

    private static Sm2PrivateKey FromEcPrivateKey(AsnReader reader)
    {
        if (!reader.TryReadInt32(out var version) || version != 1 || !reader.TryReadPrimitiveOctetString(out var scalar))
        {
            throw new UnsupportedKeyException("the private key cannot be read");
        }

        var key = FromScalar(scalar.Span);
        if (reader.HasData && reader.PeekTag().HasSameClassAndValue(ParametersTag) && reader.ReadSequence(ParametersTag).ReadObjectIdentifier() != Sm2Curve.Oid)
        {
            throw new UnsupportedKeyException("the private key names another curve within than without");
        }

        if (reader.HasData && !reader.ReadSequence(PublicKeyTag).ReadBitString(out _).AsSpan().SequenceEqual(key.PublicKey.Octets.Span))
        {
            throw new UnsupportedKeyException("the public key beside the private key is another's");
        }

        return key;
    }
}
