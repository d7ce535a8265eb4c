using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Rekey.Ca.Certificates;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Configuration;
using Rekey.Ca.Issuance;
using Rekey.Ca.Issuers;
using Rekey.Ca.Revocation;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Store;
using Rekey.Store.Audit;
using Rekey.Store.Keys;
using Rekey.Testing;

namespace Rekey.SystemTests.Ca;

/// <summary>The CA renews the certificates of the services in its process, which go on without a restart.</summary>
public sealed class ServiceRenewalTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new(DateTimeOffset.UtcNow);
    private CaHost host = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private CertificationAuthority Authority => host.Ca.Authority;

    // Without the loop, so that a test decides when somebody looks.
    public async ValueTask InitializeAsync() => host = await CaHost.StartAsync(
        StoreEngine.Sqlite, time, more: s => s.Remove(s.Single(d => d.ImplementationType == typeof(ServiceCertificateRenewal))));

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task In_time_the_running_CA_renews_its_OCSP_and_CMP_signers_and_uses_them()
    {
        var (ocsp, cmp) = (Authority.Issuers[0].Ocsp.Certificate, Authority.Cmp.Certificate);
        var person = await ConfirmedAsync();
        Assert.True(Signed(await AskAsync(person), ocsp));
        var identity = host.Services.GetRequiredService<CaIdentity>();
        Assert.Equal(cmp.Encoded.ToArray(), identity.Signer.Chain[0]);

        using var loop = ActivatorUtilities.CreateInstance<ServiceCertificateRenewal>(host.Services);
        await loop.StartAsync(Ct);
        time.Advance(ocsp.NotAfter - time.GetUtcNow() - RenewServiceCertificate.Before - TimeSpan.FromDays(1));
        await Task.Delay(500, Ct); // the loop has looked, for it waits in this time
        Assert.Equal(cmp, Authority.Cmp.Certificate);
        time.Advance(TimeSpan.FromDays(2));
        await UntilAsync(() => !Authority.Cmp.Certificate.Equals(cmp) && !Authority.Issuers[0].Ocsp.Certificate.Equals(ocsp));

        await loop.StopAsync(Ct);
        var (nextOcsp, nextCmp) = (Authority.Issuers[0].Ocsp.Certificate, Authority.Cmp.Certificate);
        foreach (var (old, next) in new[] { (ocsp, nextOcsp), (cmp, nextCmp) })
        {
            Assert.Equal((old.Subject, old.Issuer), (next.Subject, next.Issuer));
            Assert.Equal(old.ExtendedKeyUsage, next.ExtendedKeyUsage);
            Assert.Equal(time.GetUtcNow().AddYears(2), next.NotAfter, TimeSpan.FromMinutes(1));
            Assert.False(old.Spki.Span.SequenceEqual(next.Spki.Span)); // a key of its own, not the old one for two more years
        }

        var answer = await AskAsync(person);
        Assert.True(Signed(answer, nextOcsp));
        Assert.True(answer.Verify(Authority.Issuers[0].Certificate, time.GetUtcNow()));
        Assert.Equal(nextCmp.Encoded.ToArray(), identity.Signer.Chain[0]);

        using (var opened = CertificationAuthority.Open(CaSettings.Load(Authority.Settings.Directory))) // as at the next start
        {
            Assert.Equal((nextOcsp, nextCmp), (opened.Issuers[0].Ocsp.Certificate, opened.Cmp.Certificate));
        }

        Assert.Empty(Directory.EnumerateFiles(host.Ca.PathOf("keys"), "*.next"));
        Assert.Empty(Directory.EnumerateFiles(host.Ca.PathOf("keys"), "*.lock"));
        await using var db = await host.Contexts.CreateDbContextAsync(Ct);
        foreach (var certificate in new[] { nextOcsp, nextCmp })
        {
            var record = await db.Certificates.SingleAsync(c => c.SerialHex == certificate.SerialHex, Ct);
            Assert.Equal(CertificateState.Confirmed, record.State);
            Assert.Single(await db.Set<AuditEntryRow>().Where(e => e.Kind == "service-certificate.recorded" && e.Target == CertificateTarget.Of(record)).ToListAsync(Ct));
        }
    }

    [Fact]
    public async Task A_run_that_died_leaves_a_working_pair_and_the_next_one_ends_it()
    {
        var (old, oldKey) = (await File.ReadAllBytesAsync(Cert, Ct), await File.ReadAllBytesAsync(Key, Ct));

        // Died before its commit: the next key is there, whole or half, and the old certificate stands.
        foreach (var next in new[] { await File.ReadAllBytesAsync(host.Ca.PathOf("keys", "ocsp.key"), Ct), oldKey[..40] })
        {
            await File.WriteAllBytesAsync(KeyFile.Next(Key), next, Ct);
            Private(KeyFile.Next(Key));
            Assert.Equal(old, Opened());
            Assert.False(await RunAsync());
            Assert.False(File.Exists(KeyFile.Next(Key)));
            Assert.Equal(oldKey, await File.ReadAllBytesAsync(Key, Ct));
        }

        // Died after it: the new certificate stands, the old key is still in its place.
        MoveNearEnd();
        Assert.True(await RunAsync());
        var (renewed, renewedKey) = (await File.ReadAllBytesAsync(Cert, Ct), await File.ReadAllBytesAsync(Key, Ct));
        Assert.NotEqual(old, renewed);
        File.Move(Key, KeyFile.Next(Key));
        await File.WriteAllBytesAsync(Key, oldKey, Ct);
        Private(Key);
        Assert.Equal(renewed, Opened());
        Assert.False(await RunAsync()); // nothing new to use, and no second renewal
        Assert.Equal(renewed, await File.ReadAllBytesAsync(Cert, Ct));
        Assert.Equal(renewedKey, await File.ReadAllBytesAsync(Key, Ct));
        Assert.False(File.Exists(KeyFile.Next(Key)));
        Assert.Equal(renewed, Opened());
    }

    [Fact]
    public async Task What_was_revoked_is_not_renewed_and_what_cannot_be_written_leaves_the_old_one_in_use()
    {
        var cmp = Authority.Cmp.Certificate;
        await host.Services.GetRequiredService<ChangeStatus>().RunAsync(new(cmp.Sha256, StatusAction.Revoke, "test") { Reason = RevocationReason.KeyCompromise }, Ct);
        Directory.CreateDirectory($"{host.Ca.PathOf("keys", "ocsp.key")}.lock"); // nobody can make a file of this name
        var ocsp = Authority.Issuers[0].Ocsp.Certificate;

        MoveNearEnd();
        var e = await Assert.ThrowsAsync<ConfigurationException>(RunAsync);
        Assert.Contains("is revoked or on hold", e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => RunAsync(ServiceRole.Ocsp));

        Assert.Equal((cmp, ocsp), (Authority.Cmp.Certificate, Authority.Issuers[0].Ocsp.Certificate));
        using var opened = CertificationAuthority.Open(CaSettings.Load(Authority.Settings.Directory));
        Assert.Equal((cmp, ocsp), (opened.Cmp.Certificate, opened.Issuers[0].Ocsp.Certificate));
    }

    private string Cert => host.Ca.PathOf("certificates", "cmp.pem");

    private string Key => host.Ca.PathOf("keys", "cmp.key");

    private Task<bool> RunAsync() => RunAsync(ServiceRole.Cmp);

    private Task<bool> RunAsync(ServiceRole role) => host.Services.GetRequiredService<RenewServiceCertificate>().RunAsync(
        host.Services.GetServices<OwnService>().Single(s => s.Role == role), Ct);

    private void MoveNearEnd() => time.Advance(Authority.Cmp.Certificate.NotAfter - time.GetUtcNow() - TimeSpan.FromDays(20));

    // What a start would open; the file's octets.
    private byte[] Opened()
    {
        using var opened = CertificationAuthority.Open(CaSettings.Load(Authority.Settings.Directory));
        var file = File.ReadAllBytes(Cert);
        Assert.Equal(Certificate.FromPem(System.Text.Encoding.ASCII.GetString(file))[0], opened.Cmp.Certificate);
        return file;
    }

    private static void Private(string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private async Task<Certificate> ConfirmedAsync()
    {
        using var key = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        var certificate = host.Ca.IssuePerson(key.PublicKey);
        await host.AddAsync(certificate);
        return certificate;
    }

    private async Task<OcspResponse> AskAsync(Certificate about)
    {
        using var content = new ByteArrayContent(new OcspRequest([OcspCertId.Of(Authority.Issuers[0].Certificate, about.SerialHex)], null).Encode());
        content.Headers.ContentType = new("application/ocsp-request");
        using var response = await host.Http.PostAsync("/ocsp", content, Ct);
        return OcspResponse.Read(await response.Content.ReadAsByteArrayAsync(Ct));
    }

    private static bool Signed(OcspResponse answer, Certificate by) => answer.Certificates.Contains(by);

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); !condition(); await Task.Delay(50, Ct))
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), "it did not come");
        }
    }
}
