using System.Diagnostics;
using System.Security.Cryptography;
using Rekey.Testing.Pki;

namespace Rekey.SystemTests.Cmp;

/// <summary>Debian's <c>openssl</c> in a directory of its own: the client that knows nothing of our code.</summary>
internal sealed class OpenSslClient : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("rekey-openssl-").FullName;

    /// <summary>Path of a file in its directory.</summary>
    public string File(string name) => Path.Combine(directory, name);

    /// <summary>Writes certificate and key as PEM: <c>name.crt</c>, <c>name.key</c>.</summary>
    public void Write(string name, TestPki.Entity entity)
    {
        System.IO.File.WriteAllText(File($"{name}.crt"), PemEncoding.WriteString("CERTIFICATE", entity.Der));
        System.IO.File.WriteAllText(File($"{name}.key"), PemEncoding.WriteString("PRIVATE KEY", entity.Key.ExportPkcs8()));
    }

    /// <summary>A new P-256 key in <c>name.key</c>.</summary>
    public async Task NewKeyAsync(string name) =>
        Require(await RunAsync("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", File($"{name}.key")));

    /// <summary>The certificate in a PEM file, DER.</summary>
    public byte[] Certificate(string name)
    {
        var pem = System.IO.File.ReadAllText(File(name));
        return Convert.FromBase64String(pem[PemEncoding.Find(pem).Base64Data]);
    }

    /// <summary>Runs <c>openssl</c>; its exit code and all that it printed.</summary>
    public async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await errors);
    }

    public static void Require((int Code, string Output) result) => Assert.True(result.Code == 0, result.Output);

    public void Dispose() => Directory.Delete(directory, recursive: true);
}
