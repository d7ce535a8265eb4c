using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Rekey.Pki.Algorithms;

/// <summary>
/// Public keys straight into OpenSSL 3, which .NET's own classes then use. Their own import decodes text on the way and multiplies
/// the point once more to check its order, which on a curve of cofactor one says nothing that being on the curve does not; it costs a P-256
/// key five times, an RSA key ten times as much. Where there is no OpenSSL 3 (Windows, a later one), the callers import as .NET does.
/// </summary>
internal static unsafe partial class OpenSslImport
{
    private const string Library = "libcrypto.so.3"; // the one that .NET has loaded when it says version 3

    private const int PublicKeySelection = 0x86; // EVP_PKEY_PUBLIC_KEY: the key with its parameters

    /// <summary>Whether .NET here works with OpenSSL 3.</summary>
    [SupportedOSPlatformGuard("linux")]
    public static bool IsAvailable { get; } = OperatingSystem.IsLinux() && SafeEvpPKeyHandle.OpenSslVersion >> 28 == 3 && NativeLibrary.TryLoad(Library, out _);

    /// <summary>Imports a point of a named curve.</summary>
    /// <param name="curve">The curve's name in OpenSSL.</param>
    /// <param name="point">04 ‖ X ‖ Y.</param>
    /// <exception cref="CryptographicException">Not a point of the curve.</exception>
    [SupportedOSPlatform("linux")]
    public static ECDsa Ec(ReadOnlySpan<byte> curve, ReadOnlySpan<byte> point)
    {
        fixed (byte* type = "EC"u8, groupKey = "group"u8, pointKey = "pub"u8, group = curve, octets = point)
        {
            var parameters = stackalloc Parameter[]
            {
                new(groupKey, ParameterType.Utf8String, group, curve.Length),
                new(pointKey, ParameterType.OctetString, octets, point.Length),
                default,
            };
            using var handle = Import(type, parameters);
            return new ECDsaOpenSsl(handle);
        }
    }

    /// <summary>Imports a modulus and an exponent, both big-endian.</summary>
    /// <exception cref="CryptographicException">OpenSSL refuses them.</exception>
    [SupportedOSPlatform("linux")]
    public static RSA Rsa(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent)
    {
        // OpenSSL takes integers in the machine's order: the least octet first on everything that .NET runs on with it.
        var n = modulus.ToArray();
        var e = exponent.ToArray();
        Array.Reverse(n);
        Array.Reverse(e);
        fixed (byte* type = "RSA"u8, modulusKey = "n"u8, exponentKey = "e"u8, modulusOctets = n, exponentOctets = e)
        {
            var parameters = stackalloc Parameter[]
            {
                new(modulusKey, ParameterType.UnsignedInteger, modulusOctets, n.Length),
                new(exponentKey, ParameterType.UnsignedInteger, exponentOctets, e.Length),
                default,
            };
            using var handle = Import(type, parameters);
            return new RSAOpenSsl(handle);
        }
    }

    [SupportedOSPlatform("linux")]
    private static SafeEvpPKeyHandle Import(byte* type, Parameter* parameters)
    {
        var context = EVP_PKEY_CTX_new_from_name(0, type, null);
        try
        {
            nint key = 0;
            if (context == 0 || EVP_PKEY_fromdata_init(context) != 1 || EVP_PKEY_fromdata(context, &key, PublicKeySelection, parameters) != 1)
            {
                ERR_clear_error(); // else the next caller on this thread finds our error
                throw new CryptographicException("the public key is not a valid one");
            }

            return new SafeEvpPKeyHandle(key, ownsHandle: true);
        }
        finally
        {
            EVP_PKEY_CTX_free(context);
        }
    }

    private enum ParameterType : uint
    {
        UnsignedInteger = 2,
        Utf8String = 4,
        OctetString = 5,
    }

    /// <summary>OSSL_PARAM.</summary>
    private readonly struct Parameter(byte* key, ParameterType type, byte* data, int size)
    {
        private readonly byte* key = key;
        private readonly ParameterType type = type;
        private readonly void* data = data;
        private readonly nuint size = (nuint)size;
        private readonly nuint returned = nuint.MaxValue; // OSSL_PARAM_UNMODIFIED
    }

    [LibraryImport(Library)]
    private static partial nint EVP_PKEY_CTX_new_from_name(nint library, byte* name, byte* properties);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_fromdata_init(nint context);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_fromdata(nint context, nint* key, int selection, Parameter* parameters);

    [LibraryImport(Library)]
    private static partial void EVP_PKEY_CTX_free(nint context);

    [LibraryImport(Library)]
    private static partial void ERR_clear_error();
}
