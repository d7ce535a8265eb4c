using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rekey.Testing.Portal;

/// <summary>Certificates of a made-up CA, for tests of parts that only read them.</summary>
public sealed class DemoPki : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X500DistinguishedName name;

    public DemoPki(string commonName = "云泽政务 CA · 签发 01")
    {
        name = Name(("CN", commonName), ("O", "云泽市政务服务管理局"), ("C", "CN"));
    }

    public byte[] IssuerName => name.RawData;

    /// <summary>An end-entity certificate for a fresh P-256 key, unless another key is given.</summary>
    public byte[] Issue(string holder, DateTimeOffset notBefore, DateTimeOffset notAfter, PublicKey? subjectKey = null, bool encryption = false)
    {
        using var fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = Name(("CN", holder), ("OU", "监管信息业务系统"), ("O", "云泽市卫生健康委员会"), ("L", "云泽市"), ("C", "CN"));
        var request = new CertificateRequest(subject, subjectKey ?? new PublicKey(fresh), HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            encryption ? X509KeyUsageFlags.KeyAgreement : X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation, true));
        using var certificate = request.Create(name, X509SignatureGenerator.CreateForECDsa(key), notBefore, notAfter, Serial());
        return certificate.RawData;
    }

    public void Dispose() => key.Dispose();

    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(10);
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
        return serial;
    }

    private static X500DistinguishedName Name(params (string Type, string Value)[] parts)
    {
        var builder = new X500DistinguishedNameBuilder();
        foreach (var (type, value) in parts.Reverse())
        {
            builder.Add(type switch { "CN" => "2.5.4.3", "OU" => "2.5.4.11", "O" => "2.5.4.10", "L" => "2.5.4.7", _ => "2.5.4.6" }, value,
                type == "C" ? System.Formats.Asn1.UniversalTagNumber.PrintableString : null);
        }

        return builder.Build();
    }

    /// <summary>Midnight of a day in China, as an instant.</summary>
    public static DateTimeOffset Day(string isoDate) =>
        new DateTimeOffset(DateTime.Parse(isoDate, CultureInfo.InvariantCulture), TimeSpan.FromHours(8)).ToUniversalTime();
}
