using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Rekey.Tokens.Pkcs11;
using Rekey.Tokens.Skf;

namespace Rekey.Tokens.Host;

/// <summary>An executable in its other role: the child process in which one vendor's library runs.</summary>
public static partial class ModuleHostMain
{
    private const int StandardOutput = 1;
    private const int StandardError = 2;
    private const int WindowsStandardOutput = -11;
    private const int WindowsStandardError = -12;

    /// <summary>Serves calls until the parent goes.</summary>
    /// <param name="library">Absolute path of the library.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string library)
    {
        using var input = Console.OpenStandardInput();
        using var output = TakeStandardOutput();
        ModuleHost.Run(() => Load(library), input, output, abandon: () => Environment.Exit(1));
        return 0;
    }

    // Which of the two interfaces a library offers, its exports tell.
    private static ITokenModule Load(string library) => SkfModule.Serves(library) ? new SkfModule(library) : new Pkcs11Module(library);

    // Vendors' libraries print to standard output; that would corrupt the frames, so it becomes standard error for everyone but us.
    private static Stream TakeStandardOutput()
    {
        if (OperatingSystem.IsWindows())
        {
            var stream = Console.OpenStandardOutput();
            SetStdHandle(WindowsStandardOutput, GetStdHandle(WindowsStandardError));
            return stream;
        }

        var ours = Dup(StandardOutput);
        if (ours < 0 || Dup2(StandardError, StandardOutput) < 0)
        {
            throw new IOException("standard output cannot be set aside");
        }

        return new FileStream(new SafeFileHandle(ours, ownsHandle: true), FileAccess.Write, bufferSize: 0);
    }

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    private static partial int Dup(int descriptor);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Dup2(int from, int to);

    [LibraryImport("kernel32", EntryPoint = "GetStdHandle")]
    private static partial nint GetStdHandle(int which);

    [LibraryImport("kernel32", EntryPoint = "SetStdHandle")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool SetStdHandle(int which, nint handle);
}
