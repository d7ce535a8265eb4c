using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Store;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Ra.Store;
using Rekey.Server.Serving;
using Rekey.Server.Settings;
using Rekey.SystemTests.Cmp;
using Rekey.Testing.Institutions;
using CaState = Rekey.Ca.Certificates.CertificateState;

namespace Rekey.SystemTests.Ra;

/// <summary>CMP clients without a page: when a newcomer is let in, and what they may ask for.</summary>
public sealed class ThirdPartyClientTests : IAsyncLifetime
{
    private readonly OpenSslClient openssl = new();
    private StoppedInstitution site = null!;
    private WebApplication? app;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => site = await StoppedInstitution.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        openssl.Dispose();
        if (app is not null)
        {
            await app.StopAsync(CancellationToken.None);
            await app.DisposeAsync();
        }

        site.Dispose();
    }

    [Fact]
    public async Task An_open_renewal_gives_way_to_another_key_only_after_ten_minutes_of_silence()
    {
        var services = await StartAsync();
        await EnrolAsync(services, "YZ3001", 20);
        await openssl.NewKeyAsync("first");
        await openssl.NewKeyAsync("second");
        await openssl.RunAsync([.. Kur("first"), "-disable_confirm"]);

        var (_, early) = await openssl.RunAsync(Kur("second"));
        Assert.Contains("RK-3006", early, StringComparison.Ordinal);

        await HeardBeforeAsync(services, TimeSpan.FromMinutes(9));
        (_, early) = await openssl.RunAsync(Kur("second"));
        Assert.Contains("RK-3006", early, StringComparison.Ordinal);

        await HeardBeforeAsync(services, TimeSpan.FromMinutes(11));
        OpenSslClient.Require(await openssl.RunAsync(Kur("second")));
        Assert.NotEqual(0, (await openssl.RunAsync(Kur("first"))).Code);
        await using var ca = await services.GetRequiredService<IDbContextFactory<CaDbContext>>().CreateDbContextAsync(Cancel);
        Assert.Equal(
            [CaState.Rejected, CaState.Confirmed],
            await ca.Certificates.Where(c => c.SubscriberId == "YZ3001" && c.RenewedFromId != null).OrderBy(c => c.Id).Select(c => c.State).ToListAsync(Cancel));
    }

    [Fact]
    public async Task The_same_key_is_always_welcome()
    {
        await EnrolAsync(await StartAsync(), "YZ3002", 20);
        await openssl.NewKeyAsync("first");
        await openssl.RunAsync([.. Kur("first"), "-disable_confirm"]);
        OpenSslClient.Require(await openssl.RunAsync(Kur("first")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_certificate_brings_a_further_one_only_where_the_profile_says_so(bool allowed)
    {
        if (allowed)
        {
            var profiles = Path.Combine(site.Directory, "ca", "profiles.yaml");
            await File.WriteAllTextAsync(
                profiles, (await File.ReadAllTextAsync(profiles, Cancel)).Replace("furtherCertificates: false", "furtherCertificates: true", StringComparison.Ordinal), Cancel);
        }

        await EnrolAsync(await StartAsync(), "YZ3003", 200);
        await openssl.NewKeyAsync("further");
        var (code, output) = await openssl.RunAsync(
            "cmp", "-config", "", "-cmd", "cr", "-server", Endpoint, "-trusted", site.Institution.RootFile, "-cert", openssl.File("old.crt"), "-key", openssl.File("old.key"),
            "-newkey", openssl.File("further.key"), "-subject", "/CN=x", "-certout", openssl.File("further.crt"));
        if (!allowed)
        {
            Assert.NotEqual(0, code);
            Assert.Contains("notAuthorized", output, StringComparison.Ordinal);
            return;
        }

        Assert.True(code == 0, output);
        Assert.Equal("YZ3003", Certificate.FromDer(openssl.Certificate("further.crt")).Subject.Find(Oids.SubjectSerialNumber));
    }

    private string Endpoint => new Uri(site.Institution.Plan.Portal, "/.well-known/cmp").ToString();

    private string[] Kur(string key) =>
    [
        "cmp", "-config", "", "-cmd", "kur", "-server", Endpoint, "-trusted", site.Institution.RootFile, "-cert", openssl.File("old.crt"), "-key", openssl.File("old.key"),
        "-oldcert", openssl.File("old.crt"), "-newkey", openssl.File($"{key}.key"), "-certout", openssl.File($"{key}.crt"),
    ];

    private static async Task HeardBeforeAsync(IServiceProvider services, TimeSpan ago)
    {
        await using var ra = await services.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync(Cancel);
        var then = DateTimeOffset.UtcNow - ago;
        await ra.Renewals.ExecuteUpdateAsync(r => r.SetProperty(x => x.HeardAt, then), Cancel);
    }

    private async Task<IServiceProvider> StartAsync()
    {
        app = ServerHost.BuildAll(ServerSettings.Load(site.Directory), TimeProvider.System);
        await app.StartAsync(Cancel);
        return app.Services;
    }

    private async Task EnrolAsync(IServiceProvider services, string id, int expiresInDays) =>
        openssl.Write("old", await site.Institution.EnrolSoftwareAsync(services, new("", "云泽市" + id, id, expiresInDays, AlgorithmSuite.P256), Cancel));
}
