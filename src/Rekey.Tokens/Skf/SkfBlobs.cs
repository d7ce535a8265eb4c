using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;
using Rekey.Tokens.Pkcs11;

namespace Rekey.Tokens.Skf;

/// <summary>The structures of GM/T 0016-2012 clause 6.4 that carry keys and signatures.</summary>
internal static class SkfBlobs
{
    /// <summary>Octets of a signature's structure, in every form of the interface.</summary>
    public const int SignatureSize = 2 * FieldSize;

    private const int FieldSize = 64;
    private const int NumberSize = FieldSize / 2;
    private const int ModulusSize = 256;
    private const uint Sm2Bits = 256;
    private const uint Sm4Ecb = 0x401;

    /// <summary>A public key's structure as DER SubjectPublicKeyInfo; null when it is none of a kind that is known.</summary>
    public static byte[]? Spki(SkfAbi abi, ReadOnlySpan<byte> blob)
    {
        // What kind it is, its length tells: 132 to 136 octets or 268 to 280.
        return blob.Length < ModulusSize ? Sm2(abi, blob)?.ToSpki() : RsaSpki(abi, blob);
    }

    /// <summary>r || s from a signature's structure.</summary>
    public static byte[] Signature(ReadOnlySpan<byte> blob) => [.. blob.Slice(NumberSize, NumberSize), .. blob.Slice(FieldSize + NumberSize, NumberSize)];

    /// <summary>
    /// ENVELOPEDKEYBLOB. Where in its field the encrypted private key lies the standard does not say; see <see cref="EnvelopePlacement"/>.
    /// </summary>
    public static byte[] EnvelopedKey(SkfAbi abi, EnvelopePlacement placement, Sm2EnvelopedKey key)
    {
        const uint Version = 1;
        var writer = new SkfWriter(abi).Ulong(Version).Ulong(Sm4Ecb).Ulong(Sm2Bits);
        writer = placement == EnvelopePlacement.Last || key.EncryptedPrivateKey.Length == FieldSize
            ? writer.Right(key.EncryptedPrivateKey, FieldSize)
            : writer.Left(key.EncryptedPrivateKey, FieldSize);
        writer.Ulong(Sm2Bits).Right(key.PublicKey.X.Span, FieldSize).Right(key.PublicKey.Y.Span, FieldSize);
        return Cipher(writer, key.EncryptedKey).ToArray();
    }

    /// <summary>ECCCIPHERBLOB.</summary>
    public static byte[] Cipher(SkfAbi abi, Sm2Ciphertext value) => Cipher(new SkfWriter(abi), value).ToArray();

    /// <summary>BLOCKCIPHERPARAM without padding.</summary>
    /// <param name="abi">The binary interface.</param>
    /// <param name="iv">Empty for ECB.</param>
    public static SkfCipherParameter CipherParameter(SkfAbi abi, ReadOnlySpan<byte> iv)
    {
        const int IvRoom = 32;
        var parameter = default(SkfCipherParameter);
        new SkfWriter(abi).Left(iv, IvRoom).Ulong((uint)iv.Length).Ulong(0).Ulong(0).ToArray()
            .CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes((Span<ulong>)parameter));
        return parameter;
    }

    private static SkfWriter Cipher(SkfWriter writer, Sm2Ciphertext value) => writer
        .Right(value.X, FieldSize).Right(value.Y, FieldSize).Left(value.Hash, value.Hash.Length).Ulong((uint)value.Data.Length).Left(value.Data, value.Data.Length);

    private static Sm2PublicKey? Sm2(SkfAbi abi, ReadOnlySpan<byte> blob)
    {
        var reader = new SkfReader(abi, blob);
        if (reader.Ulong() != Sm2Bits)
        {
            return null;
        }

        var x = reader.Octets(FieldSize);
        var y = reader.Octets(FieldSize);
        try
        {
            return Sm2PublicKey.FromCoordinates(x[NumberSize..], y[NumberSize..]);
        }
        catch (UnsupportedKeyException)
        {
            return null;
        }
    }

    private static byte[]? RsaSpki(SkfAbi abi, ReadOnlySpan<byte> blob)
    {
        var reader = new SkfReader(abi, blob);
        reader.Ulong();
        reader.Ulong();
        return TokenObjects.RsaSpki(reader.Octets(ModulusSize), reader.Octets(4));
    }
}

/// <summary>BLOCKCIPHERPARAM (GM/T 0016-2012 clause 6.4.9), an argument by value; the longest form, which calling conventions hand over in memory like the others.</summary>
[System.Runtime.CompilerServices.InlineArray(7)]
internal struct SkfCipherParameter
{
    private ulong first;
}
