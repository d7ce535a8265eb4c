using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;

namespace Rekey.Testing.Pki;

/// <summary>
/// A small PKI made with the platform's own classes, so that what our code reads was not written by our code: a root, an issuing CA,
/// and certificates of any shape below it.
/// </summary>
public sealed class TestPki
{
    public TestPki(AlgorithmSuite? suite = null, DateTimeOffset? now = null)
    {
        Now = now ?? DateTimeOffset.UtcNow;
        Root = Issue("CN=Test Root", null, suite ?? AlgorithmSuite.P256, ca: true);
        Issuing = Issue("CN=Test Issuing CA", Root, suite ?? AlgorithmSuite.P256, ca: true);
        CmpSigner = Issue("CN=Test CMP", Issuing, AlgorithmSuite.P256, ekus: ["1.3.6.1.5.5.7.3.27"]);
        RaSigner = Issue("CN=Test RA", Issuing, AlgorithmSuite.P256, ekus: ["1.3.6.1.5.5.7.3.28"]);
    }

    public DateTimeOffset Now { get; }

    public Entity Root { get; }

    public Entity Issuing { get; }

    public Entity CmpSigner { get; }

    public Entity RaSigner { get; }

    public CmpTrust Trust => CmpTrust.FromPem(new string(PemEncoding.Write("CERTIFICATE", Root.Der)));

    public CmpSigner Cmp => Rekey.Pki.Cmp.CmpSigner.Of(CmpSigner.Key, CmpSigner.Der, Issuing.Der);

    public Entity Issue(
        string subject,
        Entity? issuer,
        AlgorithmSuite suite,
        bool ca = false,
        string[]? ekus = null,
        DateTimeOffset? notBefore = null,
        DateTimeOffset? notAfter = null) =>
        Certify(SoftwareSigningKey.Generate(suite), subject, issuer, ca, ekus, notBefore, notAfter);

    public Entity Certify(
        SoftwareSigningKey key,
        string subject,
        Entity? issuer,
        bool ca = false,
        string[]? ekus = null,
        DateTimeOffset? notBefore = null,
        DateTimeOffset? notAfter = null)
    {
        var publicKey = System.Security.Cryptography.X509Certificates.PublicKey.CreateFromSubjectPublicKeyInfo(key.PublicKey.Spki.Span, out _);
        var request = new CertificateRequest(
            new X500DistinguishedName(subject), publicKey, key.PublicKey.Suite.Hash,
            key.PublicKey.Suite.Family == KeyFamily.Rsa ? RSASignaturePadding.Pkcs1 : null);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(ca, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            ca ? X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign : X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(publicKey, false));
        if (ekus is not null)
        {
            var oids = new OidCollection();
            Array.ForEach(ekus, e => oids.Add(new Oid(e)));
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(oids, false));
        }

        var signer = issuer?.Key ?? key;
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
        var issuerName = issuer is null ? request.SubjectName : X509CertificateLoader.LoadCertificate(issuer.Der).SubjectName;
        var certificate = request.Create(
            issuerName, new Generator(signer), notBefore ?? Now.AddDays(ca ? -3000 : -1), notAfter ?? Now.AddDays(ca ? 3000 : 365), serial);
        return new(key, certificate.RawData);
    }

    /// <summary>A certificate of the issuing CA for a key that lives elsewhere.</summary>
    public byte[] CertifyPublic(byte[] spki, string subject, DateTimeOffset notAfter)
    {
        var publicKey = System.Security.Cryptography.X509Certificates.PublicKey.CreateFromSubjectPublicKeyInfo(spki, out _);
        var request = new CertificateRequest(new X500DistinguishedName(subject), publicKey, Issuing.Key.PublicKey.Suite.Hash);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        var issuer = X509CertificateLoader.LoadCertificate(Issuing.Der).SubjectName;
        return request.Create(issuer, new Generator(Issuing.Key), notAfter.AddYears(-5), notAfter, [0x12, .. RandomNumberGenerator.GetBytes(15)]).RawData;
    }

    /// <summary>A key with its certificate.</summary>
    public sealed record Entity(SoftwareSigningKey Key, byte[] Der);

    private sealed class Generator(SoftwareSigningKey key) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm)
        {
            var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(key.PublicKey.Suite.SignatureOid);
                if (key.PublicKey.Suite.Family == KeyFamily.Rsa)
                {
                    writer.WriteNull();
                }
            }

            return writer.Encode();
        }

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => key.Sign(data);

        protected override System.Security.Cryptography.X509Certificates.PublicKey BuildPublicKey() =>
            System.Security.Cryptography.X509Certificates.PublicKey.CreateFromSubjectPublicKeyInfo(key.PublicKey.Spki.Span, out _);
    }
}
