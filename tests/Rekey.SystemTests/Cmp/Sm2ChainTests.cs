using System.Formats.Asn1;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Testing.Institutions;

namespace Rekey.SystemTests.Cmp;

/// <summary>
/// An institution whose root, issuing CA, CMP signer, OCSP signer and holders all have SM2 keys. OpenSSL 3.0 is the other eye, as far as it
/// sees: it verifies a certificate below a trusted one, and any signature by hand, but neither whole chains nor CRLs nor OCSP answers,
/// for which it knows only an empty identity of the signer (docs/algorithms.md).
/// </summary>
public sealed class Sm2ChainTests : IAsyncLifetime
{
    private const string Id = "distid:1234567812345678";
    private static readonly string[] CertificateFiles = ["root", "issuing", "ocsp", "cmp"];

    private readonly OpenSslClient openssl = new();
    private RunningInstitution running = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Certificates => Path.Combine(running.Institution.Directory, "ca", "certificates");

    public async ValueTask InitializeAsync()
    {
        running = await RunningInstitution.StartAsync(p => p with { CaSuite = AlgorithmSuite.Sm2, NewKeys = AlgorithmSuite.Sm2 });
        var old = await running.Institution.EnrolSoftwareAsync(running.Services, new("", "云泽市文化馆", "YZ9301", 30, AlgorithmSuite.Sm2), Cancel);
        using var http = new HttpClient();
        var trust = CmpTrust.FromPem(await File.ReadAllTextAsync(running.Institution.RootFile, Cancel));
        openssl.Write("new", await new SoftwareRenewal(trust, old, AlgorithmSuite.Sm2).RunAsync(http, new(running.Portal, "/.well-known/cmp"), Cancel));
    }

    public async ValueTask DisposeAsync()
    {
        openssl.Dispose();
        await running.DisposeAsync();
    }

    [Fact]
    public async Task Every_certificate_of_it_is_signed_with_SM2_and_SM3()
    {
        foreach (var name in CertificateFiles)
        {
            var certificate = Certificate.FromPem(await File.ReadAllTextAsync(Path.Combine(Certificates, $"{name}.pem"), Cancel))[0];
            Assert.Equal(AlgorithmSuite.Sm2.SignatureOid, certificate.SignatureOid);
            Assert.Equal(AlgorithmSuite.Sm2, certificate.PublicKey.Suite);
        }

        Assert.Equal(AlgorithmSuite.Sm2, Certificate.FromDer(openssl.Certificate("new.crt")).PublicKey.Suite);
    }

    [Fact]
    public async Task OpenSSL_accepts_each_step_of_the_chain()
    {
        OpenSslClient.Require(await openssl.RunAsync("verify", "-vfyopt", Id, "-CAfile", running.Institution.RootFile, Path.Combine(Certificates, "issuing.pem")));
        OpenSslClient.Require(await openssl.RunAsync(
            "verify", "-vfyopt", Id, "-partial_chain", "-trusted", Path.Combine(Certificates, "issuing.pem"), openssl.File("new.crt")));
    }

    [Fact]
    public async Task OpenSSL_refuses_a_certificate_in_which_one_octet_was_changed()
    {
        var der = openssl.Certificate("new.crt");
        var at = der.AsSpan().IndexOf("云泽市文化馆"u8);
        Assert.True(at > 0);
        der[at + 2] ^= 1;
        await File.WriteAllTextAsync(openssl.File("changed.crt"), PemEncoding.WriteString("CERTIFICATE", der), Cancel);
        var (code, _) = await openssl.RunAsync(
            "verify", "-vfyopt", Id, "-partial_chain", "-trusted", Path.Combine(Certificates, "issuing.pem"), openssl.File("changed.crt"));
        Assert.NotEqual(0, code);
    }

    [Fact]
    public async Task OpenSSL_verifies_the_CRLs_signature()
    {
        using var http = new HttpClient { BaseAddress = running.Publisher };
        byte[]? crl = null;
        for (var attempt = 0; crl is null; attempt++)
        {
            using var answer = await http.GetAsync("/crl/issuing.crl", Cancel);
            crl = answer.IsSuccessStatusCode ? await answer.Content.ReadAsByteArrayAsync(Cancel) : null;
            Assert.True(crl is not null || attempt < 50, "no CRL was published");
            await Task.Delay(crl is null ? 200 : 0, Cancel);
        }

        await SignedAsync(crl, "issuing.pem");
    }

    [Fact]
    public async Task OpenSSL_verifies_the_OCSP_answers_signature_and_reads_good()
    {
        using var http = new HttpClient { BaseAddress = running.Publisher };
        var issuing = Certificate.FromPem(await File.ReadAllTextAsync(Path.Combine(Certificates, "issuing.pem"), Cancel))[0];
        var serial = Certificate.FromDer(openssl.Certificate("new.crt")).SerialHex;
        var request = new OcspRequest([OcspCertId.Of(issuing, serial, Oids.Sm3)], null).Encode();
        using var content = new ByteArrayContent(request);
        content.Headers.ContentType = new("application/ocsp-request");
        using var answer = await http.PostAsync("/ocsp", content, Cancel);
        var der = await answer.Content.ReadAsByteArrayAsync(Cancel);
        await File.WriteAllBytesAsync(openssl.File("ocsp.der"), der, Cancel);

        var (_, output) = await openssl.RunAsync(
            "ocsp", "-respin", openssl.File("ocsp.der"), "-sm3", "-issuer", Path.Combine(Certificates, "issuing.pem"), "-cert", openssl.File("new.crt"), "-noverify");
        Assert.Contains("new.crt: good", output, StringComparison.Ordinal);

        // OCSPResponse { status, [0] { OID, OCTET STRING { BasicOCSPResponse { tbs, algorithm, signature … } } } }
        var response = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        response.ReadEncodedValue();
        var bytes = response.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence();
        bytes.ReadObjectIdentifier();
        var basic = bytes.ReadOctetString();
        var data = new AsnReader(basic, AsnEncodingRules.DER).ReadSequence().ReadSequence();
        Assert.Equal(new Asn1Tag(TagClass.ContextSpecific, 1, isConstructed: true), data.PeekTag()); // byName, which strict national parsers need
        await SignedAsync(basic, "ocsp.pem");
    }

    // SEQUENCE { tbs, algorithm, signature BIT STRING … }, the form of CRLs and OCSP answers.
    private async Task SignedAsync(byte[] signed, string signer)
    {
        var reader = new AsnReader(signed, AsnEncodingRules.DER).ReadSequence();
        await File.WriteAllBytesAsync(openssl.File("tbs.der"), reader.ReadEncodedValue().ToArray(), Cancel);
        Assert.Equal(AlgorithmSuite.Sm2.SignatureOid, reader.ReadSequence().ReadObjectIdentifier());
        await File.WriteAllBytesAsync(openssl.File("signature.der"), reader.ReadBitString(out _), Cancel);
        OpenSslClient.Require(await openssl.RunAsync("x509", "-in", Path.Combine(Certificates, signer), "-noout", "-pubkey", "-out", openssl.File("signer.pub")));
        var (code, output) = await openssl.RunAsync(
            "dgst", "-sm3", "-verify", openssl.File("signer.pub"), "-sigopt", Id, "-signature", openssl.File("signature.der"), openssl.File("tbs.der"));
        Assert.True(code == 0 && output.Contains("Verified OK", StringComparison.Ordinal), output);
    }
}
