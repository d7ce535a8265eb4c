using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rekey.Pki.Algorithms;
using Rekey.Testing;
using Rekey.Testing.Institutions;

namespace Rekey.SystemTests.Cmp;

/// <summary>What others make of a renewed certificate: its chain, the CRLs and the OCSP answer that its own addresses lead to.</summary>
public sealed class RenewedChainTests : IAsyncLifetime
{
    private readonly OpenSslClient openssl = new();
    private RunningInstitution running = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Root => running.Institution.RootFile;

    public async ValueTask InitializeAsync()
    {
        running = await RunningInstitution.StartAsync();
        openssl.Write("old", await running.Institution.EnrolSoftwareAsync(running.Services, new("", "云泽市文化馆", "YZ9301", 30, AlgorithmSuite.P256), Cancel));
        await openssl.NewKeyAsync("new");
        OpenSslClient.Require(await openssl.RunAsync(
            "cmp", "-config", "", "-cmd", "kur", "-server", new Uri(running.Portal, "/.well-known/cmp").ToString(), "-trusted", Root, "-cert", openssl.File("old.crt"),
            "-key", openssl.File("old.key"), "-oldcert", openssl.File("old.crt"), "-newkey", openssl.File("new.key"), "-certout", openssl.File("new.crt")));
        await FetchCrlsAsync();
    }

    public async ValueTask DisposeAsync()
    {
        openssl.Dispose();
        await running.DisposeAsync();
    }

    [Fact]
    public async Task OpenSSL_accepts_it_with_the_published_CRLs_and_the_OCSP_answer()
    {
        OpenSslClient.Require(await openssl.RunAsync(
            "verify", "-x509_strict", "-crl_check_all", "-CRLfile", openssl.File("crls.pem"), "-CAfile", Root, "-untrusted", running.Institution.ChainFile, openssl.File("new.crt")));

        var (code, output) = await openssl.RunAsync(
            "ocsp", "-issuer", running.Institution.ChainFile, "-cert", openssl.File("new.crt"), "-CAfile", Root, "-url", new Uri(running.Publisher, "/ocsp").ToString());
        Assert.True(code == 0 && output.Contains("Response verify OK", StringComparison.Ordinal) && output.Contains("new.crt: good", StringComparison.Ordinal), output);
    }

    [Fact]
    public async Task GnuTLS_accepts_it_with_the_published_CRLs()
    {
        await File.WriteAllTextAsync(
            openssl.File("chain.pem"), await File.ReadAllTextAsync(openssl.File("new.crt"), Cancel) + await File.ReadAllTextAsync(running.Institution.ChainFile, Cancel), Cancel);
        var (code, output) = await Command.RunAsync(
            "certtool", "--verify", "--load-ca-certificate", Root, "--load-crl", openssl.File("crls.pem"), "--infile", openssl.File("chain.pem"));
        Assert.True(code == 0, output);
    }

    [Fact]
    public void DotNet_accepts_it_by_the_addresses_that_it_carries()
    {
        using var leaf = X509CertificateLoader.LoadCertificate(openssl.Certificate("new.crt"));
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(Root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.Online; // fetches issuer and status from the addresses in the certificate
        chain.ChainPolicy.RevocationFlag = X509RevocationFlag.ExcludeRoot;
        Assert.True(chain.Build(leaf), string.Join(", ", chain.ChainStatus.Select(s => s.StatusInformation)));
        Assert.Equal(3, chain.ChainElements.Count);
    }

    // Served as DER; OpenSSL and GnuTLS read several from one PEM file.
    private async Task FetchCrlsAsync()
    {
        using var http = new HttpClient { BaseAddress = running.Publisher };
        List<string> pem = [];
        foreach (var name in new[] { "issuing", "root" })
        {
            for (var attempt = 0; ; attempt++)
            {
                using var answer = await http.GetAsync($"/crl/{name}.crl", Cancel);
                if (answer.IsSuccessStatusCode)
                {
                    var der = await answer.Content.ReadAsByteArrayAsync(Cancel);
                    pem.Add(PemEncoding.WriteString("X509 CRL", der));
                    break;
                }

                Assert.True(attempt < 50, $"{name}.crl: {answer.StatusCode}");
                await Task.Delay(200, Cancel);
            }
        }

        await File.WriteAllLinesAsync(openssl.File("crls.pem"), pem, Cancel);
    }
}
