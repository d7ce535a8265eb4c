using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Issuance;
using Rekey.Ca.Issuers;
using Rekey.Contract.Upstream;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Server.Serving;
using Rekey.Server.Settings;
using Rekey.SystemTests.Server;
using Rekey.Testing.Kmc;
using Rekey.Testing.Pki;

namespace Rekey.SystemTests.Kmc;

/// <summary>The centre beside RA and CA in <c>rekey serve all</c>.</summary>
public sealed class KmcInOneProcessTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_CA_renews_the_centres_certificate_and_goes_on_taking_its_answers()
    {
        using var site = await SiteAsync();
        var file = site.File("kmc/kmc.pem");
        var first = Parts.Read(file);

        // Both certificates of two years end soon.
        var time = new OffsetTimeProvider(first.NotAfter.AddDays(-20) - DateTimeOffset.UtcNow);
        await using var app = ServerHost.BuildAll(ServerSettings.Load(site.Directory), time);
        await app.StartAsync(Cancel);
        try
        {
            for (var look = 0; look < 300 && Parts.Read(file).Equals(first); look++)
            {
                await Task.Delay(100, Cancel);
            }

            Assert.NotEqual(first, Parts.Read(file));
            var answer = await AskAsync(app, time, a => !a.ExtraCertificates[0].AsSpan().SequenceEqual(first.Encoded.Span));
            Assert.Equal(Parts.Read(file).Encoded.ToArray(), answer.ExtraCertificates[0]);
        }
        finally
        {
            await app.StopAsync(Cancel);
        }
    }

    private static async Task<CmpMessage> AskAsync(WebApplication app, TimeProvider time, Func<CmpMessage, bool> isWanted)
    {
        var (ca, kmc, signer) = (app.Services.GetRequiredService<CertificationAuthority>(), app.Services.GetRequiredService<IKmcUpstream>(), app.Services.GetRequiredService<CaIdentity>());
        var holder = new TestHolder(new TestPki());
        using var transport = RSA.Create(2048);
        for (var look = 0; ; look++)
        {
            var order = holder.Order(AlgorithmSuite.P256).Wrap(
                holder.Request(HandOutTests.Public(transport), AlgorithmSuite.P256), ca.Kmc!.Certificate.Subject.Encoded.ToArray(), signer.Signer, time.GetUtcNow());
            var question = CmpMessage.Parse(order);
            var answer = CmpMessage.Parse(await kmc.ExchangeAsync(order, Cancel));
            var key = HandedOutKey.Read(answer, ca.Kmc, question, time.GetUtcNow());
            Assert.Equal(AlgorithmSuite.P256, PublicKey.FromSpki(key.Spki).Suite);
            if (isWanted(answer) || look == 100)
            {
                return answer;
            }

            await Task.Delay(100, Cancel);
        }
    }

    private static async Task<CommandLineSite> SiteAsync()
    {
        var site = await CommandLineSite.CreateAsync();
        await CommandLineSite.RekeyAsync("kmc", "init", "--dir", site.File("kmc"), "--origin", "pki.yunze.example/audit/kmc", "--passphrase-file", site.File("service.pass"));
        await CommandLineSite.RekeyAsync(
            "ca", "service-certificate", "--dir", site.File("ca"), "--role", "kmc", "--name", "kmc", "--out", site.File("kmc"), "--passphrase-file", site.File("service.pass"));
        await File.AppendAllTextAsync(site.File("ca/ca.yaml"), "kmcCertificate: ../kmc/kmc.pem\n", Cancel);
        await File.AppendAllTextAsync(site.File("rekey.yaml"), """
            kmc:
              store: { sqlite: kmc.db }
              certificate: kmc/kmc.pem
              key: kmc/kmc.key
              passphraseFile: service.pass
              ca: ca/certificates/cmp.pem
              pool: { P-256: 1 }

            """, Cancel);
        await CommandLineSite.RekeyAsync("migrate", "--dir", site.Directory);
        return site;
    }
}
