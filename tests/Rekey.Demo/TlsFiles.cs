using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rekey.Demo;

/// <summary>A TLS certificate for localhost by a CA of its own, in real time: browsers do not live at the demonstration's date.</summary>
internal static class TlsFiles
{
    /// <summary>PEM of the CA.</summary>
    public static string Authority => Path.Combine(DemoOptions.Directory, "tls", "ca.pem");

    /// <summary>Makes CA and server certificate once; returns the PFX.</summary>
    public static string Make()
    {
        var directory = Path.GetDirectoryName(Authority)!;
        var pfx = Path.Combine(directory, "localhost.pfx");
        if (File.Exists(pfx))
        {
            return pfx;
        }

        Directory.CreateDirectory(directory);
        var now = DateTimeOffset.UtcNow;
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var caRequest = new CertificateRequest("CN=Rekey demo TLS CA", caKey, HashAlgorithmName.SHA256);
        caRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        caRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using var ca = caRequest.CreateSelfSigned(now.AddHours(-1), now.AddYears(2));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var certificate = request.Create(ca, now.AddHours(-1), now.AddDays(397), RandomNumberGenerator.GetBytes(16));
        using var withKey = certificate.CopyWithPrivateKey(key);
        File.WriteAllBytes(pfx, withKey.Export(X509ContentType.Pfx));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(pfx, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        File.WriteAllText(Authority, ca.ExportCertificatePem());
        return pfx;
    }
}
