using System.Runtime.InteropServices;
using Rekey.Pki.Algorithms;

namespace Rekey.SystemTests.Interop;

/// <summary>SM2 of the library Botan 2, through its interface for C: written by others, with nothing of ours or of BouncyCastle's in it.</summary>
internal static partial class BotanLibrary
{
    private const string Library = "libbotan-2.so.19"; // Debian 12
    private const string Curve = "sm2p256v1";
    private const string SignedAs = "1234567812345678,SM3"; // identity and hash
    private const uint DerSignature = 1; // BOTAN_PUBKEY_DER_FORMAT_SIGNATURE

    /// <summary>Whether a signature verifies; DER.</summary>
    public static bool Verifies(Sm2PublicKey key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        var publicKey = Import(key);
        nint operation = 0;
        try
        {
            Demand(botan_pk_op_verify_create(out operation, publicKey, SignedAs, DerSignature));
            Demand(botan_pk_op_verify_update(operation, data, (nuint)data.Length));
            return botan_pk_op_verify_finish(operation, signature, (nuint)signature.Length) == 0;
        }
        finally
        {
            _ = botan_pk_op_verify_destroy(operation);
            _ = botan_pubkey_destroy(publicKey);
        }
    }

    /// <summary>Signs.</summary>
    /// <returns>DER.</returns>
    public static byte[] Sign(Sm2PrivateKey key, ReadOnlySpan<byte> data) => With(key, (privateKey, random, text) =>
    {
        Demand(botan_pk_op_sign_create(out var operation, privateKey, SignedAs, DerSignature));
        Demand(botan_pk_op_sign_update(operation, text, (nuint)text.Length));
        var signature = new byte[128];
        var length = (nuint)signature.Length;
        Demand(botan_pk_op_sign_finish(operation, random, signature, ref length));
        _ = botan_pk_op_sign_destroy(operation);
        return signature[..(int)length];
    }, data);

    /// <summary>Opens an SM2Cipher (GM/T 0009); DER.</summary>
    public static byte[] Decrypt(Sm2PrivateKey key, ReadOnlySpan<byte> cipher) => With(key, (privateKey, _, text) =>
    {
        Demand(botan_pk_op_decrypt_create(out var operation, privateKey, "SM3", 0));
        var plain = new byte[text.Length];
        var length = (nuint)plain.Length;
        Demand(botan_pk_op_decrypt(operation, plain, ref length, text, (nuint)text.Length));
        _ = botan_pk_op_decrypt_destroy(operation);
        return plain[..(int)length];
    }, cipher);

    /// <summary>Makes an SM2Cipher; DER.</summary>
    public static byte[] Encrypt(Sm2PublicKey key, ReadOnlySpan<byte> plain)
    {
        var publicKey = Import(key);
        Demand(botan_rng_init(out var random, "system"));
        Demand(botan_pk_op_encrypt_create(out var operation, publicKey, "SM3", 0));
        var cipher = new byte[plain.Length + 256];
        var length = (nuint)cipher.Length;
        Demand(botan_pk_op_encrypt(operation, random, cipher, ref length, plain, (nuint)plain.Length));
        _ = botan_pk_op_encrypt_destroy(operation);
        _ = botan_rng_destroy(random);
        _ = botan_pubkey_destroy(publicKey);
        return cipher[..(int)length];
    }

    private static byte[] With(Sm2PrivateKey key, Func<nint, nint, byte[], byte[]> act, ReadOnlySpan<byte> text)
    {
        var scalar = new byte[32];
        key.CopyScalar(scalar);
        var number = Number(scalar);
        Demand(botan_rng_init(out var random, "system"));
        Demand(botan_privkey_load_sm2(out var privateKey, number, Curve));
        try
        {
            return act(privateKey, random, text.ToArray());
        }
        finally
        {
            _ = botan_privkey_destroy(privateKey);
            _ = botan_rng_destroy(random);
            _ = botan_mp_destroy(number);
        }
    }

    private static nint Import(Sm2PublicKey key)
    {
        var (x, y) = (Number(key.X.Span), Number(key.Y.Span));
        Demand(botan_pubkey_load_sm2(out var publicKey, x, y, Curve));
        _ = botan_mp_destroy(x);
        _ = botan_mp_destroy(y);
        return publicKey;
    }

    private static nint Number(ReadOnlySpan<byte> octets)
    {
        Demand(botan_mp_init(out var number));
        Demand(botan_mp_from_bin(number, octets, (nuint)octets.Length));
        return number;
    }

    private static void Demand(int code) => Assert.True(code == 0, $"Botan answers {code}");

    [LibraryImport(Library)]
    private static partial int botan_mp_init(out nint number);

    [LibraryImport(Library)]
    private static partial int botan_mp_from_bin(nint number, ReadOnlySpan<byte> octets, nuint length);

    [LibraryImport(Library)]
    private static partial int botan_mp_destroy(nint number);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int botan_rng_init(out nint random, string kind);

    [LibraryImport(Library)]
    private static partial int botan_rng_destroy(nint random);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int botan_pubkey_load_sm2(out nint key, nint x, nint y, string curve);

    [LibraryImport(Library)]
    private static partial int botan_pubkey_destroy(nint key);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int botan_privkey_load_sm2(out nint key, nint scalar, string curve);

    [LibraryImport(Library)]
    private static partial int botan_privkey_destroy(nint key);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int botan_pk_op_verify_create(out nint operation, nint key, string padding, uint flags);

    [LibraryImport(Library)]
    private static partial int botan_pk_op_verify_update(nint operation, ReadOnlySpan<byte> data, nuint length);

    [LibraryImport(Library)]
    private static partial int botan_pk_op_verify_finish(nint operation, ReadOnlySpan<byte> signature, nuint length);

    [LibraryImport(Library)]
    private static partial int botan_pk_op_verify_destroy(nint operation);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int botan_pk_op_sign_create(out nint operation, nint key, string padding, uint flags);

    [LibraryImport(Library)]
    private static partial int botan_pk_op_sign_update(nint operation, ReadOnlySpan<byte> data, nuint length);

    [LibraryImport(Library)]
    private static partial int botan_pk_op_sign_finish(nint operation, nint random, Span<byte> signature, ref nuint length);

    [LibraryImport(Library)]
    private static partial int botan_pk_op_sign_destroy(nint operation);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int botan_pk_op_decrypt_create(out nint operation, nint key, string padding, uint flags);

    [LibraryImport(Library)]
    private static partial int botan_pk_op_decrypt(nint operation, Span<byte> plain, ref nuint plainLength, ReadOnlySpan<byte> cipher, nuint length);

    [LibraryImport(Library)]
    private static partial int botan_pk_op_decrypt_destroy(nint operation);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int botan_pk_op_encrypt_create(out nint operation, nint key, string padding, uint flags);

    [LibraryImport(Library)]
    private static partial int botan_pk_op_encrypt(nint operation, nint random, Span<byte> cipher, ref nuint cipherLength, ReadOnlySpan<byte> plain, nuint length);

    [LibraryImport(Library)]
    private static partial int botan_pk_op_encrypt_destroy(nint operation);
}
