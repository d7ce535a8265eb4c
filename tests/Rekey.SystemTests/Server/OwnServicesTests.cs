using Microsoft.Extensions.DependencyInjection;
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
            for (var limit = System.Diagnostics.Stopwatch.StartNew(); Signer(host.Services).Equals(old); await Task.Delay(50, Cancel))
            {
                Assert.True(limit.Elapsed < TimeSpan.FromSeconds(60), "the RA's certificate is not renewed");
            }

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

    private static Certificate Signer(IServiceProvider services) => Certificate.FromDer(services.GetRequiredService<RaIdentity>().Signer.Chain[0]);

    private static Certificate Read(string file) => Certificate.FromPem(File.ReadAllText(file))[0];
}
