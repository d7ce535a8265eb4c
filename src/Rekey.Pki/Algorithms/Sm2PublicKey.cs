using System.Formats.Asn1;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;

namespace Rekey.Pki.Algorithms;

/// <summary>An SM2 public key: a point that was checked to be on the curve. Instances can be used by several threads.</summary>
public sealed class Sm2PublicKey : IEquatable<Sm2PublicKey>
{
    private readonly byte[] octets;

    private Sm2PublicKey(byte[] octets, ECPublicKeyParameters parameters)
    {
        this.octets = octets;
        Parameters = parameters;
    }

    /// <summary>The signer's identity when none was agreed: 1234567812345678 (GM/T 0009-2012 clause 10).</summary>
    public static ReadOnlySpan<byte> DefaultId => "1234567812345678"u8;

    /// <summary>04 || X || Y, 65 octets, big-endian.</summary>
    public ReadOnlyMemory<byte> Octets => octets;

    /// <summary>The point's x, 32 octets, big-endian.</summary>
    public ReadOnlyMemory<byte> X => octets.AsMemory(1, Sm2Curve.FieldSize);

    /// <summary>The point's y, 32 octets, big-endian.</summary>
    public ReadOnlyMemory<byte> Y => octets.AsMemory(1 + Sm2Curve.FieldSize);

    internal ECPublicKeyParameters Parameters { get; }

    /// <summary>Takes an uncompressed point, 04 || X || Y.</summary>
    /// <exception cref="UnsupportedKeyException">Another form or length, or not a point of the curve.</exception>
    public static Sm2PublicKey FromOctets(ReadOnlySpan<byte> octets)
    {
        if (octets.Length != 1 + (2 * Sm2Curve.FieldSize) || octets[0] != 4)
        {
            throw new UnsupportedKeyException("an SM2 public key is 04 || X || Y, 65 octets");
        }

        try
        {
            var copy = octets.ToArray();
            return new(copy, new ECPublicKeyParameters(Sm2Curve.Domain.Curve.DecodePoint(copy), Sm2Curve.Domain));
        }
        catch (ArgumentException e)
        {
            throw new UnsupportedKeyException("the SM2 public key is not a point of the curve", e);
        }
    }

    /// <summary>Takes a point by its coordinates, 32 octets each, big-endian.</summary>
    /// <exception cref="UnsupportedKeyException">Another length, or not a point of the curve.</exception>
    public static Sm2PublicKey FromCoordinates(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => x.Length == Sm2Curve.FieldSize
        ? FromOctets([4, .. x, .. y])
        : throw new UnsupportedKeyException("a coordinate of an SM2 public key has 32 octets");

    /// <summary>Reads a DER SubjectPublicKeyInfo (RFC 5280 section 4.1) with the named curve 1.2.156.10197.1.301.</summary>
    /// <exception cref="UnsupportedKeyException">Not DER, not SM2, or not on the curve.</exception>
    public static Sm2PublicKey FromSpki(ReadOnlyMemory<byte> spki)
    {
        try
        {
            var outer = new AsnReader(spki, AsnEncodingRules.DER);
            var inner = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            Sm2Curve.ReadAlgorithm(inner);
            var point = inner.ReadBitString(out _);
            inner.ThrowIfNotEmpty();
            return FromOctets(point);
        }
        catch (AsnContentException e)
        {
            throw new UnsupportedKeyException("the public key cannot be read", e);
        }
    }

    /// <summary>The key as DER SubjectPublicKeyInfo.</summary>
    public byte[] ToSpki()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            Sm2Curve.WriteAlgorithm(writer);
            writer.WriteBitString(octets);
        }

        return writer.Encode();
    }

    /// <summary>What is signed in place of <paramref name="data"/> under <see cref="DefaultId"/>.</summary>
    /// <returns>e, 32 octets.</returns>
    public byte[] Digest(ReadOnlySpan<byte> data) => Digest(data, DefaultId);

    /// <summary>What is signed in place of <paramref name="data"/>: e = SM3(Z || data) (GB/T 32918.2-2016 clause 6.1).</summary>
    /// <param name="data">The message.</param>
    /// <param name="id">The signer's identity, under 8192 octets.</param>
    /// <returns>e, 32 octets.</returns>
    public byte[] Digest(ReadOnlySpan<byte> data, ReadOnlySpan<byte> id)
    {
        var hash = new Sm3();
        hash.Append(Z(id));
        hash.Append(data);
        return hash.GetHashAndReset();
    }

    /// <summary>Z: the hash that binds the signer's identity and key (GB/T 32918.2-2016 clause 5.5), for a digest made in pieces.</summary>
    /// <param name="id">The signer's identity, under 8192 octets, because its bits are counted in 16 bits.</param>
    /// <returns>32 octets.</returns>
    public byte[] Z(ReadOnlySpan<byte> id)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(id.Length, ushort.MaxValue / 8, nameof(id));
        var (domain, bits) = (Sm2Curve.Domain, id.Length * 8);
        var hash = new Sm3();
        hash.Append([(byte)(bits >> 8), (byte)bits]);
        hash.Append(id);
        hash.Append(domain.Curve.A.GetEncoded());
        hash.Append(domain.Curve.B.GetEncoded());
        hash.Append(domain.G.GetEncoded(false).AsSpan(1));
        hash.Append(octets.AsSpan(1));
        return hash.GetHashAndReset();
    }

    /// <summary>Verifies a signature over e.</summary>
    /// <param name="e">As <see cref="Digest(ReadOnlySpan{byte})"/> returns it, 32 octets.</param>
    /// <param name="signature">r || s, 64 octets; another length is a wrong signature.</param>
    public bool VerifyDigest(ReadOnlySpan<byte> e, ReadOnlySpan<byte> signature)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(e.Length, Sm3.HashSize, nameof(e));
        if (signature.Length != 2 * Sm2Curve.FieldSize)
        {
            return false;
        }

        var verifier = new SM2Signer(PlainDsaEncoding.Instance, new Sm2GivenDigest(e));
        verifier.Init(false, Parameters);
        return verifier.VerifySignature(signature.ToArray());
    }

    /// <summary>Encrypts for the key's holder (GB/T 32918.4-2016).</summary>
    /// <param name="plain">At least one octet.</param>
    public Sm2Ciphertext Encrypt(ReadOnlySpan<byte> plain) => Encrypt(plain, Sm2Curve.Random);

    /// <inheritdoc/>
    public bool Equals(Sm2PublicKey? other) => other is not null && octets.AsSpan().SequenceEqual(other.octets);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Sm2PublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(octets, 1);

    internal Sm2Ciphertext Encrypt(ReadOnlySpan<byte> plain, SecureRandom random)
    {
        ArgumentOutOfRangeException.ThrowIfZero(plain.Length, nameof(plain));
        var engine = new SM2Engine(new SM3Digest(), SM2Engine.Mode.C1C3C2);
        engine.Init(true, new ParametersWithRandom(Parameters, random));
        var input = plain.ToArray();
        try
        {
            return Sm2Ciphertext.FromOctets(engine.ProcessBlock(input, 0, input.Length));
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(input);
        }
    }
}
