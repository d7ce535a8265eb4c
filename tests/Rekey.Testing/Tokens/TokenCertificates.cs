using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rekey.Pki.Algorithms;
using Rekey.Testing.Pki;
using Rekey.Tokens;

namespace Rekey.Testing.Tokens;

/// <summary>Certificates of <see cref="TestPki"/> for keys whose private half is on a token.</summary>
public sealed class TokenCertificates(TestPki pki)
{
    public const string Holder = "CN=张伟, O=云泽市青禾商贸有限公司, C=CN";

    public TokenCertificates()
        : this(new TestPki())
    {
    }

    public TestPki Pki => pki;

    /// <summary>A certificate for a public key.</summary>
    public byte[] Issue(
        ReadOnlySpan<byte> spki, string subject = Holder, X509KeyUsageFlags usage = X509KeyUsageFlags.DigitalSignature, X500DistinguishedName? name = null,
        string? purpose = null)
    {
        var publicKey = System.Security.Cryptography.X509Certificates.PublicKey.CreateFromSubjectPublicKeyInfo(spki, out _);
        using var issuingKey = ECDsa.Create();
        issuingKey.ImportPkcs8PrivateKey(pki.Issuing.Key.ExportPkcs8(), out _);
        using var issuing = X509CertificateLoader.LoadCertificate(pki.Issuing.Der);
        var request = new CertificateRequest(name ?? new X500DistinguishedName(subject), publicKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
        if (purpose is not null)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        }

        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
        using var issued = request.Create(
            issuing.SubjectName, X509SignatureGenerator.CreateForECDsa(issuingKey), pki.Now.AddDays(-1), pki.Now.AddDays(30), serial);
        return issued.RawData;
    }

    /// <summary>A signing pair on a token with a certificate, as a user has it before the first renewal.</summary>
    public TokenPair Enrol(IToken token, AlgorithmSuite suite, byte[] id, string label = "signing")
    {
        var pair = token.GenerateSigningPair(id, label, suite);
        token.WriteCertificate(id, label, Issue(pair.Spki!));
        return token.ListPairs().Single(p => p.Id.AsSpan().SequenceEqual(id));
    }
}
