using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rekey.Pki.Algorithms;
using Rekey.Tokens;

namespace Rekey.Testing.Tokens;

/// <summary>A CA in memory for tests of tokens alone; its certificates are real, its rules are none.</summary>
public sealed class TokenCertificates : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TokenCertificates()
    {
        var request = new CertificateRequest("CN=Yunze Test CA, O=Yunze", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(10));
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>A certificate for a public key.</summary>
    public byte[] Issue(byte[] spki, string subject = "CN=张伟, O=云泽市青禾商贸有限公司", X509KeyUsageFlags usage = X509KeyUsageFlags.DigitalSignature)
    {
        var publicKey = System.Security.Cryptography.X509Certificates.PublicKey.CreateFromSubjectPublicKeyInfo(spki, out _);
        var request = new CertificateRequest(new X500DistinguishedName(subject), publicKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7F;
        using var issued = request.Create(
            Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key), DateTimeOffset.UtcNow.AddMinutes(-10), DateTimeOffset.UtcNow.AddDays(30), serial);
        return issued.RawData;
    }

    /// <summary>A signing pair on a token with a certificate, as a user has it before the first renewal.</summary>
    public TokenPair Enrol(IToken token, AlgorithmSuite suite, byte[] id, string label = "signing")
    {
        var pair = token.GenerateSigningPair(id, label, suite);
        token.WriteCertificate(id, label, Issue(pair.Spki!));
        return token.ListPairs().Single(p => p.Id.AsSpan().SequenceEqual(id));
    }

    public void Dispose()
    {
        Certificate.Dispose();
        key.Dispose();
    }
}
