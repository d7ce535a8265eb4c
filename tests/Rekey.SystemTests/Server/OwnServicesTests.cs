using System.Net.Security;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Revocation;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Ra.Cmp;
using Rekey.Server.Diagnosis;
using Rekey.Server.Serving;
using Rekey.Server.Settings;
using Rekey.SystemTests.Cmp;
using Rekey.Testing.Institutions;

namespace Rekey.SystemTests.Server;

/// <summary>Certificates of services that renew themselves, in whole hosts.</summary>
public sealed class OwnServicesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task In_one_process_the_RAs_certificate_is_renewed_too_and_holders_renew_with_it_and_after_a_restart()
    {
        // Made two years ago but for 20 days; openssl and the hosts live today.
        var age = DateTimeOffset.UtcNow - DateTimeOffset.UtcNow.AddYears(-2).AddDays(20);
        using var site = await StoppedInstitution.CreateAsync(p => p with { Time = InstitutionPlan.Clock(-age) });
        var clock = TimeProvider.System;
        var file = Path.Combine(site.Directory, "ca", "certificates", "ra.pem");
        var old = Read(file);
        Assert.Contains(await DoctorAsync(), f => f is { Mark: Mark.Warn, Action: { } action } && f.Text.StartsWith("the RA's certificate", StringComparison.Ordinal) && action.Contains("by itself", StringComparison.Ordinal));

        await using (var host = ServerHost.BuildAll(ServerSettings.Load(site.Directory), clock))
        {
            await host.StartAsync(Cancel);
            await UntilAsync(() => Task.FromResult(!Signer(host.Services).Equals(old)));

            Assert.Equal(Read(file), Signer(host.Services));
            Assert.Equal(old.Subject, Read(file).Subject);
            await RenewHolderAsync(host.Services, "YZ8001");
            await host.StopAsync(Cancel);
        }

        Assert.DoesNotContain(await DoctorAsync(), f => f.Mark == Mark.Warn && f.Text.StartsWith("the RA's certificate", StringComparison.Ordinal));
        await using (var again = ServerHost.BuildAll(ServerSettings.Load(site.Directory), clock))
        {
            await again.StartAsync(Cancel);
            Assert.Equal(Read(file), Signer(again.Services));
            await RenewHolderAsync(again.Services, "YZ8002");
            await again.StopAsync(Cancel);
        }

        Task<IReadOnlyList<Finding>> DoctorAsync() => new Doctor(site.Directory, clock).RunAsync(Cancel);

        async Task RenewHolderAsync(IServiceProvider services, string id)
        {
            using var openssl = new OpenSslClient();
            openssl.Write("old", await site.Institution.EnrolSoftwareAsync(services, new("", "云泽市第三中学", id, (int)age.TotalDays + 10, AlgorithmSuite.P256), Cancel));
            await openssl.NewKeyAsync("new");
            OpenSslClient.Require(await openssl.RunAsync(
                "cmp", "-config", "", "-cmd", "kur", "-server", new Uri(site.Institution.Plan.Portal, "/.well-known/cmp").ToString(),
                "-trusted", site.Institution.RootFile,
                "-cert", openssl.File("old.crt"), "-key", openssl.File("old.key"), "-oldcert", openssl.File("old.crt"),
                "-newkey", openssl.File("new.key"), "-certout", openssl.File("new.crt")));
        }
    }

    [Fact]
    public async Task The_CAs_host_renews_its_TLS_certificate_which_its_listener_shows_and_its_publisher_accepts()
    {
        var age = DateTimeOffset.UtcNow - DateTimeOffset.UtcNow.AddYears(-2).AddDays(20);
        using var site = await StoppedInstitution.CreateAsync(p => p with { Time = InstitutionPlan.Clock(-age), Topology = Topology.Split });
        var hosts = site.Institution.Hosts!;
        var file = Path.Combine(hosts.Ca, "ca-tls.pem");
        var old = Read(file);
        await using var publish = ServerHost.BuildPublish(ServerSettings.Load(hosts.Publish), TimeProvider.System);
        await publish.StartAsync(Cancel);
        await using var ca = ServerHost.BuildCa(ServerSettings.Load(hosts.Ca), TimeProvider.System);
        await ca.StartAsync(Cancel);
        await UntilAsync(async () => !(await ShownAsync(hosts.CaAddress)).Equals(old));
        var shown = await ShownAsync(hosts.CaAddress);
        Assert.Equal(Read(file), shown);
        Assert.Equal(old.Subject, shown.Subject);
        Assert.Equal(old.Find(Oids.SubjectAltName)!.Value.ToArray(), shown.Find(Oids.SubjectAltName)!.Value.ToArray());

        // The old one is revoked; when the publisher knows that, only pushes with the new one, which its settings do not name, get in.
        await ca.Services.GetRequiredService<ChangeStatus>().RunAsync(new(old.Sha256, StatusAction.Revoke, "test") { Reason = RevocationReason.Superseded }, Cancel);
        using var http = new HttpClient { BaseAddress = site.Institution.Plan.Publisher };
        await UntilAsync(async () =>
        {
            using var response = await http.GetAsync(new Uri("/crl/issuing.crl", UriKind.Relative), Cancel);
            return response.IsSuccessStatusCode && CertificateRevocationList.Read(await response.Content.ReadAsByteArrayAsync(Cancel)).Find(old.SerialHex) is not null;
        });
        var plan = new TokenPlan("", "云泽市第三中学", "YZ8001", (int)age.TotalDays + 10, AlgorithmSuite.P256) { Condition = TokenCondition.Unregistered };
        using var openssl = new OpenSslClient();
        openssl.Write("holder", await site.Institution.EnrolSoftwareAsync(ca.Services, plan, Cancel));
        await UntilAsync(async () => (await openssl.RunAsync(
            "ocsp", "-issuer", site.Institution.ChainFile, "-cert", openssl.File("holder.crt"), "-CAfile", site.Institution.RootFile,
            "-url", new Uri(site.Institution.Plan.Publisher, "/ocsp").ToString())).Output.Contains("holder.crt: good", StringComparison.Ordinal));

        // And an RA on its own host, whose certificate nobody renews, connects as before.
        Assert.Contains(await new Doctor(hosts.Ra[0], TimeProvider.System).RunAsync(Cancel), f => f.Mark == Mark.Ok && f.Text.EndsWith("answers", StringComparison.Ordinal));
        await ca.StopAsync(Cancel);
        await publish.StopAsync(Cancel);
    }

    [Fact]
    public async Task A_publisher_takes_pushes_from_the_hosts_that_it_names_by_later_certificates_too_and_from_nobody_else()
    {
        using var site = await StoppedInstitution.CreateAsync(p => p with { Topology = Topology.Split });
        var hosts = site.Institution.Hosts!;
        await using var ca = ServerHost.BuildCa(ServerSettings.Load(hosts.Ca), TimeProvider.System);
        var pinned = PinnedClients.Of(ServerSettings.Load(hosts.Publish).Publisher!, TimeProvider.System);

        Assert.Null(await pinned.WhyNotAsync(Read(Path.Combine(hosts.Ca, "ca-tls.pem")), Cancel));
        Assert.Null(await pinned.WhyNotAsync(await OrderAsync("later", "localhost"), Cancel));
        Assert.Contains("not one of those", await pinned.WhyNotAsync(await OrderAsync("other", "other.inner.example"), Cancel), StringComparison.Ordinal);
        Assert.Contains("not one of those", await pinned.WhyNotAsync(Read(Path.Combine(hosts.Ra[0], "ra.pem")), Cancel), StringComparison.Ordinal);
        Assert.Contains("not one of those", await pinned.WhyNotAsync(await OrderAsync("earlier", "localhost", years: 1), Cancel), StringComparison.Ordinal);

        Task<Certificate> OrderAsync(string name, string host, int years = 3) => ca.Services.GetRequiredService<IssueServiceCertificate>().RunAsync(
            new("tls", name, hosts.Ca, "correct horse battery") { Hosts = [host], Years = years }, "test", Cancel);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        for (var limit = System.Diagnostics.Stopwatch.StartNew(); !await condition(); await Task.Delay(100, Cancel))
        {
            Assert.True(limit.Elapsed < TimeSpan.FromSeconds(90), what);
        }
    }

    // What the listener shows in the handshake.
    private static async Task<Certificate> ShownAsync(Uri address)
    {
        using var tcp = new System.Net.Sockets.TcpClient();
        await tcp.ConnectAsync(address.Host, address.Port, Cancel);
        Certificate? shown = null;
        await using var tls = new SslStream(tcp.GetStream(), false, (_, certificate, _, _) =>
        {
            shown = certificate is null ? null : Certificate.FromDer(certificate.GetRawCertData());
            return shown is not null; // whether it is a good one, others test
        });
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.Host }, Cancel);
        return shown!;
    }

    private static Certificate Signer(IServiceProvider services) => Certificate.FromDer(services.GetRequiredService<RaIdentity>().Signer.Chain[0]);

    private static Certificate Read(string file) => Certificate.FromPem(File.ReadAllText(file))[0];
}
