using System.Runtime.InteropServices;
using Rekey.Pki.Certificates;

namespace Rekey.SystemTests.Interop;

/// <summary>
/// Chains before OpenSSL 3's library, as a program verifies them that tells each certificate the identity under which SM2 signs: what the command
/// line can tell the first certificate only.
/// </summary>
internal static partial class OpenSslLibrary
{
    private const string Library = "libcrypto.so.3";
    private const ulong CheckSelfSigned = 0x4000; // X509_V_FLAG_CHECK_SS_SIGNATURE

    /// <summary>Verifies a chain.</summary>
    /// <param name="root">The one certificate that is trusted.</param>
    /// <param name="between">Certificates that may lie between.</param>
    /// <param name="leaf">What is verified.</param>
    /// <param name="identity">Told to each of them; empty: none.</param>
    /// <returns>0 when the chain is good, else OpenSSL's number of what is wrong.</returns>
    public static int Verify(Certificate root, Certificate between, Certificate leaf, string identity)
    {
        var (trusted, helper, target) = (Read(root, identity), Read(between, identity), Read(leaf, identity));
        var (store, helpers, context) = (X509_STORE_new(), OPENSSL_sk_new_null(), X509_STORE_CTX_new());
        try
        {
            Demand(X509_STORE_add_cert(store, trusted));
            Demand(OPENSSL_sk_push(helpers, helper));
            Demand(X509_STORE_CTX_init(context, store, target, helpers));
            X509_STORE_CTX_set_flags(context, CheckSelfSigned);
            return X509_verify_cert(context) == 1 ? 0 : X509_STORE_CTX_get_error(context);
        }
        finally
        {
            X509_STORE_CTX_free(context);
            OPENSSL_sk_free(helpers);
            X509_STORE_free(store);
            X509_free(trusted);
            X509_free(helper);
            X509_free(target);
            ERR_clear_error(); // else .NET on this thread finds our error
        }
    }

    private static nint Read(Certificate certificate, string identity)
    {
        var der = certificate.Encoded.ToArray();
        var pinned = GCHandle.Alloc(der, GCHandleType.Pinned);
        var at = pinned.AddrOfPinnedObject();
        var read = d2i_X509(0, ref at, der.Length);
        pinned.Free();
        if (identity.Length > 0)
        {
            var octets = ASN1_STRING_type_new(4);
            Demand(ASN1_STRING_set(octets, identity, identity.Length));
            X509_set0_distinguishing_id(read, octets);
        }

        return read;
    }

    private static void Demand(int result) => Assert.True(result > 0, "OpenSSL refuses");

    [LibraryImport(Library)]
    private static partial nint d2i_X509(nint target, ref nint octets, nint length);

    [LibraryImport(Library)]
    private static partial void X509_free(nint certificate);

    [LibraryImport(Library)]
    private static partial void X509_set0_distinguishing_id(nint certificate, nint identity);

    [LibraryImport(Library)]
    private static partial nint ASN1_STRING_type_new(int type);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ASN1_STRING_set(nint text, string octets, int length);

    [LibraryImport(Library)]
    private static partial nint X509_STORE_new();

    [LibraryImport(Library)]
    private static partial int X509_STORE_add_cert(nint store, nint certificate);

    [LibraryImport(Library)]
    private static partial void X509_STORE_free(nint store);

    [LibraryImport(Library)]
    private static partial nint OPENSSL_sk_new_null();

    [LibraryImport(Library)]
    private static partial int OPENSSL_sk_push(nint list, nint item);

    [LibraryImport(Library)]
    private static partial void OPENSSL_sk_free(nint list);

    [LibraryImport(Library)]
    private static partial nint X509_STORE_CTX_new();

    [LibraryImport(Library)]
    private static partial int X509_STORE_CTX_init(nint context, nint store, nint certificate, nint helpers);

    [LibraryImport(Library)]
    private static partial void X509_STORE_CTX_set_flags(nint context, ulong flags);

    [LibraryImport(Library)]
    private static partial int X509_verify_cert(nint context);

    [LibraryImport(Library)]
    private static partial int X509_STORE_CTX_get_error(nint context);

    [LibraryImport(Library)]
    private static partial void X509_STORE_CTX_free(nint context);

    [LibraryImport(Library)]
    private static partial void ERR_clear_error();
}
