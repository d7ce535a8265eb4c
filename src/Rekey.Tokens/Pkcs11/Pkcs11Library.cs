using System.Runtime.InteropServices;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace Rekey.Tokens.Pkcs11;

/// <summary>Loading of PKCS#11 libraries, and the one place where Pkcs11Interop's exceptions become <see cref="TokenException"/>.</summary>
internal static class Pkcs11Library
{
    // Pkcs11Interop asks for "libdl", which glibc 2.34 and later only have as libdl.so.2 (and musl as libc itself).
    static Pkcs11Library()
    {
        if (!OperatingSystem.IsWindows())
        {
            NativeLibrary.SetDllImportResolver(typeof(Pkcs11InteropFactories).Assembly, static (name, _, _) =>
                name == "libdl" && NativeLibrary.TryLoad("libdl.so.2", out var handle) ? handle : 0);
        }
    }

    /// <summary>Pkcs11Interop's factories; stateless.</summary>
    public static Pkcs11InteropFactories Factories { get; } = new();

    /// <summary>Loads and initialises a library (C_Initialize).</summary>
    /// <exception cref="TokenException"><see cref="TokenFault.Driver"/>: not there, not PKCS#11, of another architecture, or it refuses.</exception>
    public static IPkcs11Library Load(string path)
    {
        try
        {
            return Factories.Pkcs11LibraryFactory.LoadPkcs11Library(Factories, path, AppType.MultiThreaded);
        }
        catch (Pkcs11Exception e) when (e.RV is CKR.CKR_CANT_LOCK or CKR.CKR_ARGUMENTS_BAD or CKR.CKR_NEED_TO_CREATE_THREADS)
        {
            // Some vendors refuse CKF_OS_LOCKING_OK. One thread at a time calls a token, so nothing is lost without it.
            return Call(() => Factories.Pkcs11LibraryFactory.LoadPkcs11Library(Factories, path, AppType.SingleThreaded));
        }
        catch (Exception e) when (Translate(e) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>Calls the library; whatever Pkcs11Interop throws leaves as <see cref="TokenException"/>.</summary>
    public static T Call<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception e) when (Translate(e) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>As <see cref="Call{T}"/>, for calls that return nothing.</summary>
    public static void Call(Action call) => Call(() =>
    {
        call();
        return true;
    });

    /// <summary>Closes something of the library whose closing may fail because the token is already gone; that is no news to anyone.</summary>
    public static void CloseQuietly(IDisposable closing)
    {
        try
        {
            closing.Dispose();
        }
        catch (Pkcs11Exception)
        {
            // gone already
        }
    }

    private static TokenException? Translate(Exception e) => e switch
    {
        Pkcs11Exception p => CkrTable.Exception(p.Method, p.RV, p),
        UnmanagedException u => new(TokenFault.Driver, $"load 0x{u.ErrorCode ?? 0:X8}", u),
        DllNotFoundException or BadImageFormatException or EntryPointNotFoundException or LibraryArchitectureException =>
            new(TokenFault.Driver, $"load {e.GetType().Name}", e),
        _ => null,
    };
}
